import type { Child, FC } from "hono/jsx";
import type { JobLook, Overview } from "../domain/pages/overview.ts";
import { Layout } from "./layout.tsx";

/** The frame of a page whose data age. */
export const DataPage: FC<{
  readonly of: Pick<Overview, "viewer" | "readAtMs" | "isStale" | "staleAtMs">;
  readonly title: string;
  readonly look: JobLook;
  readonly canSignIn: boolean;
  readonly hasChart?: boolean;
  readonly children?: Child;
}> = ({
  of: { viewer, readAtMs, isStale, staleAtMs },
  title,
  look,
  canSignIn,
  hasChart = false,
  children,
}) => (
  <Layout
    title={isStale ? `Old data – ${title}` : title}
    viewer={viewer}
    canSignIn={canSignIn}
    icon={isStale ? "stale" : look}
    staleInSeconds={staleAtMs === null ? null : Math.floor((staleAtMs - readAtMs) / 1000)}
    isStale={isStale}
    hasChart={hasChart}
  >
    {children}
  </Layout>
);
