import base from "./en/base.json";
import inbox from "./en/inbox.json";
import settings from "./en/settings.json";

/** All the English texts, for tests of what must have words. */
export default { ...base, ...inbox, ...settings };
