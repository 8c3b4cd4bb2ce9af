import type Handlebars from "handlebars";

/**
 * Text of a Handlebars template. Nothing is escaped: values that go into a language are quoted by a helper given for it.
 * @throws Error for anything in the template that the view does not have, in block helpers too
 */
export async function renderTemplate(options: {
  readonly template: string;
  readonly view: object;
  readonly helpers: Readonly<Record<string, (value: string) => string>>;
}): Promise<string> {
  const handlebars = (await import("handlebars")).default.create();
  requireArguments(handlebars);
  for (const [name, helper] of Object.entries(options.helpers)) handlebars.registerHelper(name, helper);
  return handlebars.compile(options.template, { strict: true, noEscape: true })(options.view);
}

/** `strict` does not reach the arguments of block helpers: there a mistyped name would count as false or as an empty list. */
function requireArguments(handlebars: typeof Handlebars): void {
  for (const name of ["if", "unless", "each", "with"]) {
    const original = handlebars.helpers[name];
    if (original === undefined) throw new Error(`Handlebars has no block helper ${name}`);
    handlebars.registerHelper(name, function (this: unknown, value: unknown, options: unknown): unknown {
      if (value === undefined) throw new Error(`{{#${name}}} of something that the view does not have`);
      return Reflect.apply(original, this, [value, options]);
    });
  }
}
