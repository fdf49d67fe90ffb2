import { expect, test } from "vitest";
import type { Channel, ChannelKind } from "../api/alert-types.ts";
import { channelDraft, fieldName, missingFields, valuesOf } from "./channels.ts";

const field = { secret: false, required: false, url: false, about: "" };
const slack: ChannelKind = {
  kind: "slack",
  fields: [
    { ...field, name: "token", secret: true, required: true },
    { ...field, name: "signing_secret", secret: true },
    { ...field, name: "channel", required: true },
  ],
};
const channel: Channel = {
  id: "1",
  kind: "slack",
  name: "ops",
  settings: { channel: "#alerts", odd: { a: 1 } },
  secrets: ["token"],
  dateCreated: "",
  dateChanged: "",
};

test("a secret that is not typed stays, one that is removed goes", () => {
  const values = { ...valuesOf(channel), signing_secret: " abc " };
  expect(channelDraft(slack, " ops ", values, [])).toEqual({
    kind: "slack",
    name: "ops",
    settings: { channel: "#alerts" },
    secrets: { signing_secret: "abc" },
  });
  expect(channelDraft(slack, "ops", {}, ["token"]).secrets).toEqual({ token: null });
});

test("what is needed may be set already, if it is a secret", () => {
  expect(missingFields(slack, {}, ["token"])).toEqual(["channel"]);
  expect(missingFields(slack, { channel: "#a", token: "x" }, [])).toEqual([]);
});

test("names of fields are readable", () => {
  expect(fieldName("webhook_url")).toBe("Webhook URL");
});
