import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The labs take longer than all other files with real machines together: begun first, they end with them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLabs = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith("/e2e/labs.test.ts");
    return [...sorted.filter(isLabs), ...sorted.filter((file) => !isLabs(file))];
  }
}
