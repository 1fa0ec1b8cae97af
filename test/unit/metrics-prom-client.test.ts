import test from 'ava';
import { loadPromClient } from '#lib/metrics/prom-client.js';

test('without prom-client it is said what to install', async (t) => {
  const missing = Object.assign(new Error("Cannot find package 'prom-client' imported from /x"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  await t.throwsAsync(
    loadPromClient(() => Promise.reject(missing)),
    { code: 'ERR_MODULE_NOT_FOUND', message: /npm install prom-client/ },
  );
});

test('another failure to load it stays what it is', async (t) => {
  const broken = new SyntaxError('broken');
  await t.throwsAsync(
    loadPromClient(() => Promise.reject(broken)),
    { is: broken },
  );
});

test('it is there in tests', async (t) => {
  t.is(typeof (await loadPromClient()).Registry, 'function');
});
