import { describe, expect, test } from "vitest";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { SETTINGS } from "../support/fakes/ports.ts";

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

function file(name: string, exported: unknown): JobFile {
  return { name, load: () => Promise.resolve({ [name]: exported }) };
}

const GOOD = file("Good", class extends Ping {});

async function load(...files: JobFile[]): Promise<{ jobs: string[]; faults: string[] }> {
  const { jobs, loadErrors } = await loadJobs(files, SETTINGS);
  return {
    jobs: jobs.map((job) => job.jobKey),
    faults: loadErrors.map(({ name, message }) => `${name}: ${message}`),
  };
}

test("a file with a job gives one job, named like the file whatever the class is called at run time", async () => {
  expect(await load(file("Minified", class a extends Ping {}))).toEqual({ jobs: ["Minified"], faults: [] });
});

test("no files give no jobs", async () => {
  expect(await load()).toEqual({ jobs: [], faults: [] });
});

describe("a file that gives no job is a fault and harms no other:", () => {
  test("one that throws when it is evaluated", async () => {
    const broken = { name: "Broken", load: () => Promise.reject(new ReferenceError("x is not defined")) };
    expect(await load(broken, GOOD)).toEqual({
      jobs: ["Good"],
      faults: ["Broken: ReferenceError: x is not defined"],
    });
  });

  test("one whose loader throws before there is a promise", async () => {
    const broken: JobFile = {
      name: "Broken",
      load: () => {
        throw new Error("no such module");
      },
    };
    expect(await load(broken, GOOD)).toEqual({ jobs: ["Good"], faults: ["Broken: no such module"] });
  });

  test("one that exports something else", async () => {
    const other = { name: "Broken", load: () => Promise.resolve({ default: Ping, Other: Ping }) };
    const expected = "Broken: jobs/Broken exports no class Broken; name the class like its file";
    expect(await load(other, GOOD)).toEqual({ jobs: ["Good"], faults: [expected] });
    expect(await load(file("Broken", { execute: () => true }), GOOD)).toEqual({
      jobs: ["Good"],
      faults: [expected],
    });
  });

  test("one whose export is a function that is no class", async () => {
    const arrow = file("Broken", () => true);
    expect(await load(arrow, GOOD)).toEqual({
      jobs: ["Good"],
      faults: ["Broken: Broken extends neither JobBase nor JobSpawner"],
    });
  });

  test("one whose class extends neither base", async () => {
    const impostor = class {
      execute(): boolean {
        return true;
      }
    };
    expect(await load(file("Broken", impostor), GOOD)).toEqual({
      jobs: ["Good"],
      faults: ["Broken: Broken extends neither JobBase nor JobSpawner"],
    });
  });

  test("one whose constructor throws, be it no error", async () => {
    const thrower = (thrown: unknown) =>
      class extends Ping {
        constructor(config: ConstructorParameters<typeof Ping>[0]) {
          super(config);
          // oxlint-disable-next-line typescript/only-throw-error -- what a job's author may do
          throw thrown;
        }
      };
    expect(
      await load(file("A", thrower(new Error("no key"))), file("B", thrower("just text")), GOOD),
    ).toEqual({
      jobs: ["Good"],
      faults: ["A: no key", "B: just text"],
    });
  });

  test("one whose arguments cannot tell it from others", async () => {
    const nameless = class extends Ping {
      constructor(config: ConstructorParameters<typeof Ping>[0]) {
        super(config, undefined);
      }
    };
    expect((await load(file("Broken", nameless), GOOD)).faults).toEqual([
      "Broken: an argument that Broken hands to super(config, …) cannot be written as JSON; pass strings or numbers that tell the job from its siblings",
    ]);
  });

  test("one whose methods throw or answer nonsense", async () => {
    const odd = class extends Ping {
      override executeEvery(): never {
        return "SOMETIMES" as never;
      }
    };
    const thrower = class extends Ping {
      override timeLimitMs(): never {
        throw new Error("do not ask");
      }
    };
    expect(await load(file("Odd", odd), file("Thrower", thrower), GOOD)).toEqual({
      jobs: ["Good"],
      faults: [
        "Odd: executeEvery() of Odd returned SOMETIMES; return a member of JobFrequency",
        "Thrower: do not ask",
      ],
    });
  });
});

describe("two jobs with one identity", () => {
  const twins = (name: string, ...urls: string[]) =>
    file(
      name,
      class extends JobSpawner {
        getSubJobs(config: JobSpawner["config"]): Ping[] {
          return urls.map((url) => new Ping(config, url));
        }
      },
    );

  test("in one file: the first runs, the second is a fault", async () => {
    expect(await load(twins("Twins", "a", "b", "a"))).toEqual({
      jobs: [`Twins["a"]`, `Twins["b"]`],
      faults: [
        `Twins: two jobs have the identity Twins["a"], twice in Twins; only the first runs. Pass something that distinguishes them to super(config, …), such as a name.`,
      ],
    });
  });

  test("in two files: the first file's runs, the second file is at fault", async () => {
    const fixed = (name: string) =>
      file(
        name,
        class extends Ping {
          override getStateName(): string {
            return "the same";
          }
        },
      );
    expect(await load(fixed("First"), fixed("Second"))).toEqual({
      jobs: ["the same"],
      faults: [
        "Second: two jobs have the identity the same, in First and in Second; only the first runs. Pass something that distinguishes them to super(config, …), such as a name.",
      ],
    });
  });

  test("and classes that are no jobs are listed apart from faults that end no build", async () => {
    const throwing = { name: "Throwing", load: () => Promise.reject(new Error("x")) };
    const files = [twins("Twins", "a", "a"), file("Broken", 1), throwing];
    const { loadErrors, buildErrors } = await loadJobs(files, SETTINGS);
    expect(loadErrors.map((fault) => fault.name)).toEqual(["Throwing", "Twins", "Broken"]);
    expect(buildErrors.map((fault) => fault.name)).toEqual(["Twins", "Broken"]);
  });
});

test("all that is wrong in one file is one fault, a line each", async () => {
  const spawner = class extends JobSpawner {
    *getSubJobs(config: JobSpawner["config"]): Generator<Ping> {
      yield new Ping(config, "a");
      yield new Ping(config, "a");
      throw new Error("and no more");
    }
  };
  const { faults } = await load(file("Many", spawner));
  expect(faults).toHaveLength(1);
  expect(faults[0]?.split("\n")).toEqual([
    "Many: and no more",
    expect.stringContaining(`two jobs have the identity Many["a"]`),
  ]);
});
