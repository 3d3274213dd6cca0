import type { Child, FC } from "hono/jsx";
import { Layout } from "./layout.tsx";
import type { Audience } from "../../status/audience.ts";

/** A page that says one thing, such as that there is nothing at this address. */
export const MessagePage: FC<{
  readonly title: string;
  readonly audience: Audience;
  readonly canSignIn: boolean;
  /** It answers a form: to load it again would be something else. */
  readonly isResult?: boolean;
  readonly children?: Child;
}> = ({ title, audience, canSignIn, isResult = false, children }) => (
  <Layout
    title={title}
    audience={audience}
    canSignIn={canSignIn}
    icon="stale"
    staleInSeconds={null}
    isResult={isResult}
  >
    <h1>{title}</h1>
    <div>{children}</div>
  </Layout>
);
