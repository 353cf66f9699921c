import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { useSession } from "@/stores/session";
import { usePresence } from "./presence";

describe("who else is there", () => {
  const put = vi.spyOn(api, "put");
  beforeEach(() => {
    setActivePinia(createPinia());
    put.mockReset().mockResolvedValue({});
    useSession().permissions = ["drafts:keep"];
  });
  const states = () => put.mock.calls.map(([, body]) => (body as { state: string }).state);

  it("is forgotten when it is not said again, and at once when somebody leaves", () => {
    const presence = usePresence();
    presence.hear("c", "ana", "typing", 0);
    presence.hear("c", "ben", "viewing", 0);
    expect([presence.who("c", "typing", 9_000), presence.who("c", "viewing", 9_000)]).toEqual([["ana"], ["ben"]]);
    expect(presence.who("c", "typing", 11_000)).toEqual([]);
    presence.hear("c", "ben", "away", 12_000);
    expect(presence.who("c", "viewing", 12_000)).toEqual([]);
    expect(presence.who("other", "viewing", 0)).toEqual([]);
  });

  it("is answered once, so that whoever comes anew knows of me", () => {
    const presence = usePresence();
    presence.tell("c", "viewing");
    presence.hear("c", "ana", "viewing", 0);
    presence.hear("c", "ana", "typing", 1_000);
    presence.hear("other", "ben", "viewing", 1_000);
    expect(states()).toEqual(["viewing", "viewing"]);
    presence.tell("c", "away");
    presence.hear("c", "cleo", "viewing", 2_000);
    expect(states()).toEqual(["viewing", "viewing", "away"]);
  });

  it("is told by nobody who cannot write here", () => {
    useSession().permissions = [];
    usePresence().tell("c", "viewing");
    expect(put).not.toHaveBeenCalled();
  });
});
