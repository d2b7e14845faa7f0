/** Kinds of values that several sections share. */
import { z } from 'zod';

export const name = () => z.string().min(1);

/** A coordinator's base URL: http or https, host and port, and nothing after them. */
export const baseUrl = () =>
  z.string().transform((text, ctx) => {
    const url = URL.parse(text);
    const trimmed = text.replace(/\/$/, '');
    const bare = url !== null && /^https?:\/\/[^/?#@]+$/i.test(trimmed);
    if (bare) return trimmed;
    const message = `expected a URL of scheme, host and port such as http://trino-1:8080, got "${text}"`;
    ctx.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const tableName = () =>
  z.string().regex(/^[^.\s]+\.[^.\s]+\.[^.\s]+$/, 'expected catalog.schema.table, such as tpch.tiny.nation');

/** Any URL of a web service. */
export const httpUrl = () =>
  z.string().refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: (issue) => `expected a URL such as https://host/path, got "${issue.input}"`,
  });
