import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, in the order in which it is begun: these are not what the others have to wait for in the end. */
const longest = ["unit/cluster/config-properties", "e2e/labs", "e2e/virtualbox"];

/** Begins with what takes longest; all others go by size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return index === -1 ? longest.length : index;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
