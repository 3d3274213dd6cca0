import type { JobDefinition } from "../../src/job-loading/job-definition.ts";

/** A file of jobs/, with and without its ending. */
interface JobFileName {
  readonly name: string;
  readonly file: string;
}

/** What a NAME stands for. */
export interface Choice<File extends JobFileName, Broken extends JobFileName> {
  readonly jobs: readonly JobDefinition[];
  /** Files that match by their own name: all jobs that the Worker makes of them are wanted. */
  readonly files: readonly File[];
  /** Files that match, and no Worker can be built with. */
  readonly broken: readonly Broken[];
}

/**
 * The jobs that a person means by `wanted`: a file, the name or the identity of a job, or any part of
 * these. What is named exactly goes before what only contains it.
 */
export function chooseJobs<File extends JobFileName, Broken extends JobFileName>(
  wanted: string,
  all: Choice<File, Broken>,
): Choice<File, Broken> {
  const path = wanted.replace(/^(\.\/)?jobs\//, "");
  const isFile = ({ name, file }: JobFileName): boolean => path === name || path === file;
  const exact = choose(all, isFile, ({ name, jobKey }) => wanted === name || wanted === jobKey);
  if (exact.jobs.length > 0 || exact.files.length > 0 || exact.broken.length > 0) return exact;
  const needle = wanted.toLowerCase();
  const contains = (text: string): boolean => text.toLowerCase().includes(needle);
  return choose(
    all,
    ({ name }) => contains(name),
    ({ name, jobKey }) => contains(name) || contains(jobKey),
  );
}

function choose<File extends JobFileName, Broken extends JobFileName>(
  { jobs, files, broken }: Choice<File, Broken>,
  isFile: (file: JobFileName) => boolean,
  isJob: (job: JobDefinition) => boolean,
): Choice<File, Broken> {
  const chosen = files.filter(isFile);
  const names = new Set(chosen.map(({ name }) => name));
  return {
    jobs: jobs.filter((job) => names.has(job.file) || isJob(job)),
    files: chosen,
    broken: broken.filter(isFile),
  };
}
