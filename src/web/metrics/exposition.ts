/** Metrics as text. Sources: OpenMetrics 1.0, and the text format 0.0.4 of Prometheus. */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** What a metric is called without `_total` of a counter and `_info` of an info. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "info";
  readonly help: string;
  /** The last part of its name. */
  readonly unit?: "seconds" | "ratio";
  readonly samples: readonly Sample[];
}

export type ExpositionFormat = "openmetrics" | "text";

export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "text/plain; version=0.0.4; charset=utf-8",
};

/** Families of which there is no sample are left out. */
export function exposition(families: readonly Family[], format: ExpositionFormat): string {
  const lines = families.flatMap((family) => (family.samples.length === 0 ? [] : linesOf(family, format)));
  return [...lines, ...(format === "openmetrics" ? ["# EOF"] : []), ""].join("\n");
}

function linesOf({ name, type, help, unit, samples }: Family, format: ExpositionFormat): string[] {
  const sampleName = type === "counter" ? `${name}_total` : type === "info" ? `${name}_info` : name;
  // The older format knows no infos, and calls a family as its samples.
  const [family, kind] =
    format === "openmetrics" ? [name, type] : [sampleName, type === "info" ? "gauge" : type];
  return [
    `# HELP ${family} ${escaped(help)}`,
    `# TYPE ${family} ${kind}`,
    ...(unit === undefined || format === "text" ? [] : [`# UNIT ${family} ${unit}`]),
    ...samples.map(({ labels, value }) => `${sampleName}${labelText(labels)} ${value}`),
  ];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** In the older format a quotation mark in a help text would stand there with its backslash: none of ours has one. */
function escaped(text: string): string {
  return text.toWellFormed().replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
