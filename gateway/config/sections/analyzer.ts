/** `requestAnalyzerConfig`: what is read out of a statement, and who its user is. */
import { z } from 'zod';
import { httpUrl, name } from './values.ts';

export const requestAnalyzerConfig = z
  .strictObject({
    analyzeRequest: z
      .boolean()
      .default(false)
      .describe('trinoQueryProperties and trinoRequestUser for the rules'),
    maxBodySize: z
      .number()
      .int()
      .positive()
      .default(1_000_000)
      .describe('characters; statements of this length or longer are not analysed'),
    clientsUseV2Format: z
      .boolean()
      .default(false)
      .describe('bodies may be JSON of "query" and "preparedStatements"'),
    tokenUserField: name().default('email').describe('claim of a JWT that holds the user'),
    oauthTokenInfoUrl: httpUrl().optional().describe('user info endpoint for opaque tokens'),
    clientCertificateIdentityField: name().optional(),
    clientCertificateUserMappingPattern: name().optional(),
    clientCertificateUserMappingFile: name().optional(),
  })
  .prefault({});

export const clientCertificateJwtAuthentication = z
  .strictObject({
    jwtPrincipalClaim: name().default('sub'),
    jwtIssuer: name().optional(),
    jwtAudiences: z.array(name()).optional(),
    jwtKeyId: name().optional(),
    jwtSigningKeyPair: z
      .strictObject({ privateKey: name().optional(), publicKey: name().optional() })
      .optional(),
    clientCertificateRequired: z.boolean().default(false),
    overrideTrinoUser: z.boolean().default(false),
  })
  .optional()
  .describe('client certificate to JWT towards the backend');
