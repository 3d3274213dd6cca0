/** fetch() sends none of its own, and some servers refuse requests without one. */
const USER_AGENT = "Checker/1.0 (uptime monitor)";

/** On every request that has no others. Some servers answer 406 to a request without Accept. */
export const OWN_HEADERS: Readonly<Record<string, string>> = { "user-agent": USER_AGENT, accept: "*/*" };
