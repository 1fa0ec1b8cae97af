import test from 'ava';
import { isInterfaceName } from '#lib/model/interface-name.js';

const isName = test.macro({
  exec: (t, name: unknown) => t.true(isInterfaceName(name)),
  title: (_, name) => `${JSON.stringify(name)} can be the name of an interface`,
});

const isNone = test.macro({
  exec: (t, name: unknown) => t.false(isInterfaceName(name)),
  title: (_, name) => `${typeof name === 'bigint' ? name : JSON.stringify(name)} can not`,
});

test(isName, 'eth0');
test(isName, 'a');
test(isName, '123456789012345');
test(isName, 'eth0.100');
test(isName, 'br-lan@x#%-_+');
test(isName, '...');
test(isName, '.a');
test(isName, '0');
test(isName, 'grüß0');
test(isName, '\u{1f40c}\u{1f40c}\u{1f40c}012');
test(isName, '\u0001');

test(isNone, '');
test(isNone, '1234567890123456');
test(isNone, 'ü234567890123üü');
test(isNone, '.');
test(isNone, '..');
test(isNone, 'a/b');
test(isNone, 'eth0:1');
test(isNone, 'eth 0');
test(isNone, 'eth0\n');
test(isNone, '\teth0');
test(isNone, 'a\vb');
test(isNone, 'a\fb');
test(isNone, 'a\rb');
test(isNone, 'a\0b');
// In UTF-8 its second byte is 160, which the kernel takes for a blank.
test(isNone, 'voilà');
test(isNone, '\u00a0');
test(isNone, 'a\ud800');
test(isNone, 7);
test(isNone, null);
test(isNone, undefined);
test(isNone, ['eth0']);
test(isNone, 1n);
