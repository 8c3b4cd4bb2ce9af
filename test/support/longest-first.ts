import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The two longest files with real machines: begun first, they are not what the others have to wait for in the end. */
const longest = /\/e2e\/(labs|virtualbox)\.test\.ts$/;

/** Begins with what takes longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
