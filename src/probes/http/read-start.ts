/**
 * The first `maxBytes` of a body as text, and the rest let go: an unread body would hold its connection,
 * of which an invocation has six, and one without end must not fill memory.
 */
export async function readStart(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  // A byte order mark and broken bytes stay visible: neither is part of a word that is waited for.
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  try {
    for (let left = maxBytes, pieces = 0; left > 0; pieces += 1) {
      // Only with empty pieces among them: without end they would keep every time limit from being noticed.
      if (pieces > maxBytes) throw new Error("the answer comes in empty pieces");
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
    }
  } finally {
    // Not waited for: nothing of it is wanted any more, and what was read stands.
    reader.cancel().catch(() => undefined);
  }
  return text + decoder.decode();
}
