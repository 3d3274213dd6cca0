/** FNV-1a of texts in their order, 32 bits. Source: http://www.isthe.com/chongo/tech/comp/fnv/ */
export function checksum(texts: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const text of texts) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    // No text holds this, so it ends one.
    hash = Math.imul(hash ^ 0x10000, 0x01000193);
  }
  return hash >>> 0;
}
