/** fetch() sends none of its own, and some servers refuse requests without one. */
export const USER_AGENT = "Checker/1.0 (uptime monitor)";
