import test, { type ExecutionContext } from 'ava';
import { checkDeviceName } from '#lib/model/device-name.js';
import { throwingReport } from '#lib/model/report.js';
import { refusesWith } from './_model-macros.js';

const accepts = test.macro({
  exec: (t: ExecutionContext, name: string) =>
    t.is(checkDeviceName(name, throwingReport, '/device'), name),
  title: (_, name) => `${JSON.stringify(name)} can be a device`,
});

test(accepts, 'a');
test(accepts, 'ipvs0');
test(accepts, 'lo');
test(accepts, '...');
test(accepts, '-');
test(accepts, 'eth0.100@x');
test(accepts, 'br-lan@x#-_+');
test(accepts, '.a');
test(accepts, '0');
test(accepts, 'fifteen-bytes15');
test(accepts, 'öäü'); // 6 bytes
test(accepts, '€€€€€'); // 15
test(accepts, '\u{1f40c}\u{1f40c}\u{1f40c}012'); // 15
test(accepts, '\u2003'); // white space, but not in the kernel's eyes
test(accepts, '\u0001');

const refuses = refusesWith((input, report) => checkDeviceName(input, report, '/device'));
const expected =
  'the name of a network device: 1 to 15 bytes without white space, "/", ":" and "%", and not "." or ".."';
const finding = ['E_VIP', '/device', expected] as const;

test(refuses, '', finding);
test(refuses, '.', finding);
test(refuses, '..', finding);
test(refuses, 'sixteen-bytes-16', finding);
test(refuses, '€€€€€€', finding); // 18 bytes
test(refuses, 'a'.repeat(1_000_000), finding);
test(refuses, 'a b', finding);
test(refuses, 'a\tb', finding);
test(refuses, 'a\n', finding);
test(refuses, '\r', finding);
test(refuses, 'a\u000bb', finding);
test(refuses, 'a\u000cb', finding);
test(refuses, 'a/b', finding);
test(refuses, 'a:1', finding);
test(refuses, 'ipvs%d', finding);
test(refuses, 'a\0b', finding);
test(refuses, '\u00e0', finding); // its second byte is a space to the kernel
test(refuses, '\u00a0', finding);
test(refuses, '\ud800', finding);
test(refuses, 'a\ud800', finding);
test(refuses, 7, finding);
test(refuses, null, finding);
test(refuses, undefined, finding);
test(refuses, ['ipvs0'], finding);
