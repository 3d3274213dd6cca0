import type { FC } from "hono/jsx";
import { Layout } from "./layout.tsx";

/** The form that takes the token. */
export const SignInPage: FC<{
  /** Where to go afterwards, an address of this Worker. */
  readonly to: string;
  /** Why the last try was refused; null before the first. */
  readonly problem: string | null;
  /** Cloudflare Access asks who comes to /sign-in, so the form is for the others. */
  readonly hasToken: boolean;
}> = ({ to, problem, hasToken }) => (
  <Layout title="Sign in" audience="public" canSignIn icon="stale" staleInSeconds={null} isResult>
    <h1>Sign in</h1>
    {problem === null ? null : (
      <p role="alert" id="problem">
        {problem}
      </p>
    )}
    {hasToken ? (
      <form method="post" class="sign-in">
        <input type="hidden" name="to" value={to} />
        <label for="token">ADMIN_TOKEN</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby={problem === null ? undefined : "problem"}
        />
        <button>Sign in</button>
      </form>
    ) : (
      <p>This Checker knows its owner by Cloudflare Access. Open the address that Access protects.</p>
    )}
  </Layout>
);
