/**
 * An address as it may stand in an envelope: no name, no quotes, no comment, a domain with a dot. Stricter
 * than RFC 5321, on purpose: what it refuses is a slip of the pen far more often than an address.
 */
export const MAIL_ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+\.[^\s@<>,;:"()[\]\\.]+$/;
