/**
 * An address as it may stand in an envelope: no name, no quotes, no comment, a domain with a dot. Stricter
 * than RFC 5321, on purpose: what it refuses is a slip of the pen far more often than an address. ASCII alone: a
 * domain with other letters is written in its `xn--` form (RFC 5891), and a local part with them needs an
 * extension (RFC 6531) that the mail service does not speak.
 */
export const MAIL_ADDRESS =
  /^[\w!#$%&'*+\-./=?^`{|}~]+@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
