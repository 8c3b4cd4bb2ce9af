import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, in the order in which it is begun: these are not what the others have to wait for in the end. */
const longest = ["e2e/labs.", "e2e/virtualbox.", "e2e/", "unit/cluster/config-properties."];

/** Begins with what takes longest, and goes by size else. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((name) => moduleId.includes(`/test/${name}`));
      return index === -1 ? longest.length : index;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
