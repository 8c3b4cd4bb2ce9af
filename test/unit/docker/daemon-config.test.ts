import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DaemonOptions } from "../../../src/cluster/cluster.ts";
import {
  formatDaemonChanges,
  formatDaemonConfig,
  mergeDaemonConfig,
  parseDaemonConfig,
  wantedDaemonOptions,
} from "../../../src/docker/daemon-config.ts";
import {
  emptyDaemonRecord,
  formatDaemonRecord,
  parseDaemonRecord,
} from "../../../src/docker/daemon-record.ts";
import { unwrap } from "../../../src/failure.ts";

const key = fc.constantFrom("debug", "mtu", "labels", "hosts", "__proto__", "constructor");
const value = fc.oneof(fc.constantFrom<unknown>(null, false, true, 1, ""), fc.jsonValue());
/** As it would come out of a file. */
const options: fc.Arbitrary<DaemonOptions> = fc
  .array(fc.tuple(key, value), { maxLength: 5 })
  .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as DaemonOptions);

/** Not `toStrictEqual`: it takes an option named `constructor` for the class. */
const same = isDeepStrictEqual;

describe("mergeDaemonConfig", () => {
  it("merges twice as once", () => {
    fc.assert(
      fc.property(options, options, options, (original, earlier, wanted) => {
        const first = mergeDaemonConfig({ current: original, record: emptyDaemonRecord, wanted: earlier });
        const once = mergeDaemonConfig({ current: first.next, record: first.record, wanted });
        const twice = mergeDaemonConfig({ current: once.next, record: once.record, wanted });
        expect(same(twice, { ...once, changes: [] })).toBe(true);
      }),
    );
  });

  it("gives back the original when nothing is wanted any more, through files and whatever was wanted between", () => {
    fc.assert(
      fc.property(options, fc.array(options, { maxLength: 4 }), (original, wishes) => {
        let current = original;
        let record = emptyDaemonRecord;
        for (const wanted of [...wishes, {}]) {
          const merge = mergeDaemonConfig({ current, record, wanted });
          current = unwrap(parseDaemonConfig(formatDaemonConfig(merge.next), "node1"));
          record = unwrap(parseDaemonRecord(formatDaemonRecord(merge.record), "node1"));
        }
        expect(same(current, original)).toBe(true);
        expect(record).toStrictEqual(emptyDaemonRecord);
      }),
    );
  });

  it("sets every wanted option and never changes one of others", () => {
    fc.assert(
      fc.property(options, options, (original, wanted) => {
        const { next, changes } = mergeDaemonConfig({ current: original, record: emptyDaemonRecord, wanted });
        const foreign = Object.entries(original).filter(([name]) => !Object.hasOwn(wanted, name));
        expect(Object.entries(next)).toEqual(expect.arrayContaining([...foreign, ...Object.entries(wanted)]));
        expect(changes.every((change) => Object.hasOwn(wanted, change.key))).toBe(true);
      }),
    );
  });

  it("replaces objects and arrays whole", () => {
    const current = { labels: ["a=1"], "log-opts": { "max-size": "1m", "max-file": "2" } };
    const wanted = { labels: ["b=2"], "log-opts": { "max-size": "5m" } };
    expect(mergeDaemonConfig({ current, record: emptyDaemonRecord, wanted }).next).toEqual(wanted);
  });

  it("sees no change in the order of keys", () => {
    const current = { "log-opts": { a: "1", b: "2" } };
    const merge = mergeDaemonConfig({
      current,
      record: emptyDaemonRecord,
      wanted: { "log-opts": { b: "2", a: "1" } },
    });
    expect(merge).toMatchObject({ changes: [], record: emptyDaemonRecord });
  });

  it("names each change, and what is taken back", () => {
    const record = { schemaVersion: 1, options: { debug: {}, mtu: { before: 1400 } } } as const;
    const current = { debug: true, mtu: 1500, labels: ["a=1"] };
    const wanted = { labels: ["b=2"], "https-proxy": "http://me:secret@proxy:3128" };
    const { changes } = mergeDaemonConfig({ current, record, wanted });
    const text =
      'remove debug, restore mtu = 1400, change labels: ["a=1"] -> ["b=2"], add https-proxy = "http://…@proxy:3128"';
    expect(formatDaemonChanges(changes)).toBe(text);
  });
});

describe("parseDaemonConfig", () => {
  it.each([undefined, "", " \n", "\uFEFF{}"])("has no options in %j", (text) => {
    expect(unwrap(parseDaemonConfig(text, "node1"))).toEqual({});
  });

  it.each([
    ['{\n  "debug": true,\n}', "/etc/docker/daemon.json:3:1 is not valid JSON"],
    ['{"debug": tru', "/etc/docker/daemon.json:1:11 is not valid JSON"],
    ["[]", "must hold a JSON object"],
  ])("refuses %j and says where", (text, reason) => {
    const parsed = parseDaemonConfig(text, "node1");
    expect(parsed).toMatchObject({
      ok: false,
      failure: { kind: "daemon", machine: "node1", restored: true },
    });
    expect(parsed).toHaveProperty("failure.reason", expect.stringContaining(reason));
  });
});

describe("parseDaemonRecord", () => {
  it.each(['{"schemaVersion":2,"options":{}}', '{"schemaVersion":1,"options":{"debug":1}}', "{"])(
    "refuses %s",
    (text) => {
      expect(parseDaemonRecord(text, "node1")).toMatchObject({ ok: false, failure: { kind: "daemon" } });
    },
  );
});

describe("wantedDaemonOptions", () => {
  const machine = { name: "node1", role: "worker", address: "192.168.56.18", labels: {} } as const;
  const machines = [
    { ...machine, name: "manager", role: "manager", address: "192.168.56.17", daemon: {} },
  ] as const;

  it("advertises the machine's address unless the person wants another", () => {
    const advertised = { "swarm-default-advertise-addr": "192.168.56.18" };
    expect(wantedDaemonOptions({ machines }, { ...machine, daemon: { mtu: 1400 } })).toEqual({
      ...advertised,
      mtu: 1400,
    });
    const own = { "swarm-default-advertise-addr": "eth1" };
    expect(wantedDaemonOptions({ machines }, { ...machine, daemon: own })).toEqual(own);
  });

  it("has the cluster's image cache as the mirror", () => {
    const cluster = { machines, imageCache: "https://registry.example" };
    expect(wantedDaemonOptions(cluster, { ...machine, daemon: {} })).toMatchObject({
      "registry-mirrors": ["http://192.168.56.17:5080"],
    });
  });
});
