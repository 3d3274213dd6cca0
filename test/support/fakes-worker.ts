/** A Worker that does nothing: its bindings are what a test wants. */
export default {
  fetch: () => new Response("nothing here", { status: 404 }),
};
