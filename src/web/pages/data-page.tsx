import type { Child, FC } from "hono/jsx";
import type { DisplayStatus, StatusPageModel } from "../../status/status-page.ts";
import { Layout } from "./layout.tsx";

/** The frame of a page whose data age. */
export const DataPage: FC<{
  readonly of: Pick<StatusPageModel, "audience" | "readAtMs" | "isStale" | "staleAtMs">;
  readonly title: string;
  readonly look: DisplayStatus;
  readonly canSignIn: boolean;
  readonly hasChart?: boolean;
  readonly children?: Child;
}> = ({
  of: { audience, readAtMs, isStale, staleAtMs },
  title,
  look,
  canSignIn,
  hasChart = false,
  children,
}) => (
  <Layout
    title={isStale ? `Old data – ${title}` : title}
    audience={audience}
    canSignIn={canSignIn}
    icon={isStale ? "stale" : look}
    staleInSeconds={staleAtMs === null ? null : Math.floor((staleAtMs - readAtMs) / 1000)}
    isStale={isStale}
    hasChart={hasChart}
  >
    {children}
  </Layout>
);
