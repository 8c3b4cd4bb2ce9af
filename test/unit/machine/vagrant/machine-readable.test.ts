import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  endsAction,
  messageOf,
  parseMachineReadable,
} from "../../../../src/machine/vagrant/machine-readable.ts";

const parse = (line: string) => {
  const event = parseMachineReadable(line);
  if (event === undefined) throw new Error(`not an event: ${line}`);
  return event;
};

describe("parseMachineReadable", () => {
  it("reads target, type and data", () => {
    expect(parse("1795569960,manager,state-human-short,not created")).toEqual({
      target: "manager",
      type: "state-human-short",
      data: ["not created"],
    });
    expect(parse("1795569961,manager,action,up,start")).toMatchObject({ data: ["up", "start"] });
    expect(parse("1,,cli-command,")).toEqual({ type: "cli-command", data: [""] });
    expect(parse("1,,done")).toEqual({ type: "done", data: [] });
  });

  it("puts commas and line breaks back", () => {
    const line = `1,,error-exit,Vagrant::Errors::VBoxManageError,Command: ["list"%!(VAGRANT_COMMA) "vms"]\\n\\nStderr: x\\r`;
    expect(parse(line).data).toEqual([
      "Vagrant::Errors::VBoxManageError",
      'Command: ["list", "vms"]\n\nStderr: x\r',
    ]);
  });

  it.each(["", "==> manager: Booting VM...", "/usr/lib/ruby/x.rb:3: warning: a, b", "1,x", "x,,ui,info,y"])(
    "passes over what is no event: %s",
    (line) => expect(parseMachineReadable(line)).toBeUndefined(),
  );

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, more) => {
        parseMachineReadable(text);
        const { data } = parseMachineReadable(`1,node1,ui,${text.replaceAll(/[\r\n]/g, "")},${more}`) ?? {};
        if (data !== undefined) expect(data.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("messageOf", () => {
  it("is what people read, without the machine in front", () => {
    expect(messageOf(parse("1,manager,ui,info,==> manager: Booting VM..."))).toBe("Booting VM...");
    expect(messageOf(parse("1,manager,ui,detail,    manager: SSH address: 127.0.0.1:2222"))).toBe(
      "SSH address: 127.0.0.1:2222",
    );
    expect(messageOf(parse("1,manager,ui,output,Importing base box 'a/b'..."))).toBe(
      "Importing base box 'a/b'...",
    );
  });

  it("is one line where Vagrant writes several", () => {
    const text =
      "    node1: \\n    node1: Vagrant insecure key detected. Vagrant will\\n    node1: replace it.";
    expect(messageOf(parse(`1,node1,ui,detail,${text}`))).toBe(
      "Vagrant insecure key detected. Vagrant will replace it.",
    );
  });

  it("is nothing for other events and for empty lines", () => {
    expect(messageOf(parse("1,manager,action,up,end"))).toBeUndefined();
    expect(messageOf(parse("1,manager,ui,info, "))).toBeUndefined();
  });
});

describe("endsAction", () => {
  it("knows the good end of one action", () => {
    expect(endsAction(parse("1,manager,action,up,end"), "up")).toBe(true);
    expect(endsAction(parse("1,manager,action,up,start"), "up")).toBe(false);
    expect(endsAction(parse("1,manager,action,halt,end"), "up")).toBe(false);
  });
});
