import { describe, expect, it } from "vitest";
import { familiarName, splitName } from "../../../src/docker/image-name.ts";

describe("familiarName", () => {
  it.each([
    ["nginx", "nginx:latest"],
    ["docker.io/library/nginx:1.25", "nginx:1.25"],
    ["docker.io/ada/app", "ada/app:latest"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["localhost/whoami:1", "localhost/whoami:1"],
  ])("%s: %s", (name, familiar) => {
    expect(familiarName(name)).toBe(familiar);
  });
});

describe("splitName", () => {
  it.each([
    ["app:1", "app", "1"],
    ["app", "app", ""],
    ["localhost:5000/app", "localhost:5000/app", ""],
    ["localhost:5000/app:1", "localhost:5000/app", "1"],
  ])("%s", (name, repository, tag) => {
    expect(splitName(name)).toEqual({ repository, tag });
  });
});
