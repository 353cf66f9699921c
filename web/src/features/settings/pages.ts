import {
  Bell,
  Database,
  KeyRound,
  LifeBuoy,
  MessageSquareText,
  MonitorSmartphone,
  Palette,
  Plug,
  ScrollText,
  Tag,
  Users,
} from "@lucide/vue";

/** The pages of the settings, each with the permission that shows it; none: everybody's own. */
export const settingsPages = [
  { name: "connection", icon: Plug, permission: "connection:read" },
  { name: "team", icon: Users, permission: "members:read" },
  { name: "saved-replies", icon: MessageSquareText, permission: "conversations:triage" },
  { name: "labels", icon: Tag, permission: "conversations:triage" },
  { name: "keys", icon: KeyRound, permission: "keys:manage" },
  { name: "audit", icon: ScrollText, permission: "audit:read" },
  { name: "support", icon: LifeBuoy, permission: "support:read" },
  { name: "data", icon: Database, permission: "data:erase" },
  { name: "appearance", icon: Palette, permission: "" },
  { name: "notices", icon: Bell, permission: "" },
  { name: "devices", icon: MonitorSmartphone, permission: "" },
] as const;
