/** What a test does not expect to be asked for. */
export const refuse = (): never => {
  throw new Error("not asked for");
};

/** What a provider does; all of it is refused. A test replaces what it expects. */
export const refusingMethods = {
  preflight: refuse,
  inspect: refuse,
  planSetup: refuse,
  settle: refuse,
  claim: refuse,
  prepare: refuse,
  create: refuse,
  stop: refuse,
  remove: refuse,
  destroy: refuse,
  login: refuse,
  connect: refuse,
};
