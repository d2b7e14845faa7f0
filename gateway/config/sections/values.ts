/** Kinds of values that several sections share. */
import { z } from 'zod';
import { maskUrl } from '../../../src/base/secrets.ts';
import { shortened } from '../../../src/base/shorten.ts';

export const name = () => z.string().min(1);

const BASE_URL = 'expected a URL of scheme, host and port such as http://trino-1:8080';

/** A coordinator's base URL: http or https, host and port, and nothing after them. */
export const baseUrl = () =>
  z.string(BASE_URL).transform((text, ctx) => {
    const url = URL.parse(text);
    const trimmed = text.replace(/\/$/, '');
    const bare = url !== null && /^https?:\/\/[^/?#@]+$/i.test(trimmed);
    if (bare) return trimmed;
    const message = `${BASE_URL}, got "${shortened(maskUrl(text))}"`;
    ctx.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const tableName = () =>
  z.string().regex(/^[^.\s]+\.[^.\s]+\.[^.\s]+$/, 'expected catalog.schema.table, such as tpch.tiny.nation');

/** Any URL of a web service, as it is written out: what browsers would put right is refused. */
export const httpUrl = () =>
  z.string().refine((text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text), {
    error: (issue) =>
      `expected a URL such as https://host/path, got "${shortened(maskUrl(String(issue.input)))}"`,
  });
