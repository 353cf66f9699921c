import { defineStore } from "pinia";
import { ref } from "vue";

const name = "shortcuts";

/** Whether single keys do something; a person may switch them off (WCAG 2.1.4), for this browser. */
export const useShortcutSetting = defineStore("shortcuts", () => {
  const on = ref(localStorage.getItem(name) !== "off");
  const helping = ref(false);

  function set(wanted: boolean): void {
    on.value = wanted;
    if (wanted) localStorage.removeItem(name);
    else localStorage.setItem(name, "off");
  }

  return { on, helping, set };
});

/** The keys that do something, by what they do, in the order in which the help shows them. Two keys are pressed one after the other. */
export const shortcuts = {
  next: ["j"],
  previous: ["k"],
  search: ["/"],
  close: ["e"],
  snooze: ["h"],
  assign: ["a"],
  assignMe: ["i"],
  label: ["l"],
  star: ["s"],
  unread: ["u"],
  pick: ["x"],
  undo: ["z"],
  reply: ["r"],
  person: ["]"],
  note: ["n"],
  goInbox: ["g", "i"],
  goMine: ["g", "m"],
  goUnassigned: ["g", "u"],
  goSnoozed: ["g", "s"],
  goClosed: ["g", "c"],
  help: ["?"],
} as const;

/** What a shortcut does. */
export type Shortcut = keyof typeof shortcuts;

const pairWithin = 1_500;

/** Finds the shortcut of a key, given what was pressed before it. */
export function shortcutFinder(now: () => number = Date.now): (key: string) => Shortcut | null {
  let first = { key: "", at: 0 };
  return (key) => {
    const pressed = key.length === 1 ? key.toLowerCase() : key;
    const begun = now() - first.at < pairWithin ? first.key : "";
    const found = (begun && of(begun, pressed)) || of(pressed);
    // Only a key that begins pairs waits for another one: what is pressed after any other key means itself.
    first = { key: !found && begins(pressed) ? pressed : "", at: now() };
    return found;
  };
}

const all = Object.entries(shortcuts) as [Shortcut, readonly string[]][];
const of = (...pressed: string[]): Shortcut | null =>
  all.find(([, keys]) => keys.join() === pressed.join())?.[0] ?? null;
const begins = (key: string): boolean => all.some(([, keys]) => keys.length > 1 && keys[0] === key);
