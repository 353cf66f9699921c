import { AlarmClock, CheckCheck, Hourglass, Inbox, Star, UserRound, UsersRound } from "@lucide/vue";
import type { Component } from "vue";
import type { View } from "./show";

/** The picture of each view. */
export const viewIcons: Record<View, Component> = {
  inbox: Inbox,
  mine: UserRound,
  unassigned: UsersRound,
  closing: Hourglass,
  starred: Star,
  snoozed: AlarmClock,
  closed: CheckCheck,
};
