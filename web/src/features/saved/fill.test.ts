import { describe, expect, it } from "vitest";
import { filled, unknownPlaces } from "./fill";

const amara = { id: "p1", name: "Amara Okafor", username: "amara.bakes" };

describe("filled", () => {
  it("fills each place, as often as it is there", () => {
    const text = "Hi {first_name}! {name} (@{username}), yours, {agent}. {first_name}?";
    expect(filled(text, amara, "Mika")).toBe("Hi Amara! Amara Okafor (@amara.bakes), yours, Mika. Amara?");
  });
  it("calls by the handle whoever has no name, and leaves out what nobody knows", () => {
    expect(filled("Hi {first_name}!", { ...amara, name: null }, "")).toBe("Hi amara.bakes!");
    expect(filled("Hi {name}, yours {agent}", { ...amara, name: null, username: null }, "")).toBe("Hi, yours");
    expect(filled("{name}, hi", undefined, "")).toBe(", hi");
  });
  it("fills nothing twice, whatever a customer is called", () => {
    expect(filled("{name} {agent}", { ...amara, name: "{agent} $& $1" }, "Mika")).toBe("{agent} $& $1 Mika");
  });
  it("leaves other braces as they are, and names them", () => {
    expect(filled("{order} { name } {}", amara, "")).toBe("{order} { name } {}");
    expect(unknownPlaces("{name} {order} {order} {Name}")).toEqual(["{order}", "{Name}"]);
  });
});
