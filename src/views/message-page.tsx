import type { Child, FC } from "hono/jsx";
import type { Viewer } from "../domain/pages/overview.ts";
import { Layout } from "./layout.tsx";

/** A page that says one thing, such as that there is nothing at this address. */
export const MessagePage: FC<{
  readonly title: string;
  readonly viewer: Viewer;
  readonly canSignIn: boolean;
  /** It answers a form: to load it again would be something else. */
  readonly isResult?: boolean;
  readonly children?: Child;
}> = ({ title, viewer, canSignIn, isResult = false, children }) => (
  <Layout
    title={title}
    viewer={viewer}
    canSignIn={canSignIn}
    icon="stale"
    staleInSeconds={null}
    isResult={isResult}
  >
    <h1>{title}</h1>
    <div>{children}</div>
  </Layout>
);
