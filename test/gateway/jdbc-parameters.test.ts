import { expect, test } from 'vitest';
import { readJdbcUrl } from '../../gateway/config/jdbc.ts';
import { readJdbcParameters } from '../../gateway/config/jdbc-parameters.ts';

function read(jdbcUrl: string) {
  const target = readJdbcUrl(jdbcUrl);
  if ('problem' in target) throw new Error(target.problem);
  return readJdbcParameters(target);
}

test.each([
  ['postgresql', '', 'prefer'],
  ['postgresql', '?sslmode=disable', 'off'],
  ['postgresql', '?sslmode=require', 'require'],
  ['postgresql', '?sslmode=verify-full&ssl=false', 'verify-full'],
  ['postgresql', '?ssl=true', 'verify-full'],
  ['postgresql', '?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory', 'require'],
  ['mysql', '', 'prefer'],
  ['mysql', '?useSSL=false', 'off'],
  ['mysql', '?useSSL=true', 'require'],
  ['mysql', '?useSSL=true&verifyServerCertificate=true', 'verify-ca'],
  ['mysql', '?sslMode=VERIFY_IDENTITY', 'verify-full'],
  ['mysql', '?sslmode=PREFERRED', 'prefer'],
  ['mariadb', '?sslMode=trust', 'require'],
  ['mariadb', '?useSSL=false&requireSSL=true', 'off'],
])('encryption: jdbc:%s://db/gw%s means %s', (scheme, query, mode) => {
  expect(read(`jdbc:${scheme}://db/gw${query}`)).toMatchObject({ tls: { mode } });
});

test('timeouts are seconds for PostgreSQL and milliseconds for MySQL; 0 and nonsense mean nothing', () => {
  expect(read('jdbc:postgresql://db/gw?connectTimeout=3&socketTimeout=7')).toMatchObject({
    connectTimeoutMs: 3_000,
    socketTimeoutMs: 7_000,
  });
  expect(read('jdbc:mysql://db/gw?connectTimeout=3000&socketTimeout=0')).toMatchObject({
    connectTimeoutMs: 3_000,
    socketTimeoutMs: undefined,
  });
  expect(read('jdbc:mysql://db/gw?connectTimeout=soon')).toMatchObject({ connectTimeoutMs: undefined });
});

test('what has no effect is named; what asks for what is so anyway is not', () => {
  const url =
    'jdbc:mysql://db/gw?useUnicode=true&characterEncoding=UTF-8&serverTimezone=UTC&allowPublicKeyRetrieval=true&autoReconnect=true&user=u&rewriteBatchedStatements=true';
  expect(read(url)).toMatchObject({
    user: 'u',
    withoutEffect: ['serverTimezone', 'rewriteBatchedStatements'],
  });
  expect(read('jdbc:mysql://db/gw?characterEncoding=latin1')).toMatchObject({
    withoutEffect: ['characterEncoding'],
  });
  const postgres = 'jdbc:postgresql://db/gw?currentSchema=gw&ApplicationName=tg&targetServerType=primary';
  expect(read(postgres)).toMatchObject({
    schema: 'gw',
    applicationName: 'tg',
    withoutEffect: ['targetServerType'],
  });
});

test('a mode of encryption that does not exist is a problem, not a plain connection', () => {
  expect(read('jdbc:postgresql://db/gw?sslmode=verify')).toEqual({
    problem:
      'expected sslmode to be one of disable, allow, prefer, require, verify-ca, verify-full, got verify',
  });
  expect(read('jdbc:mysql://db/gw?sslMode=yes')).toHaveProperty('problem');
});
