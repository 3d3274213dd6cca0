/** The Worker of `npm start`: the deployed one, which takes cron events and mail from `npm start` only. Never deployed. */
import checker, { Runner } from "../../src/index.ts";
import { onlyOwnEvents } from "./own-events.ts";

export { Runner };
export default onlyOwnEvents(checker);
