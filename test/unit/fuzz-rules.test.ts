import test from 'ava';
import fc from 'fast-check';
import { documentFromRules, InvalidValueError, parseRules, RuleSyntaxError } from 'ipvs';
import { CommandLineError } from '#lib/rules/command-line-error.js';
import { readCommandLine } from '#lib/rules/read-command-line.js';

const options = [
  '-A -E -D -a -e -d -C -Z -L -S -R -h -v -t -u -f -s -p -M -O -b -r -w -x -y -g -i -m -6 -c -n -o -4',
  '--add-service --set --start-daemon --stop-daemon --mcast-interface --syncid --sync-maxlen --mcast-group --mcast-port',
  '--mcast-ttl --tun-type --tun-port --tun-csum --tun-nocsum --pe --ops --sched-flags --sctp-service --list --stats --s',
].flatMap((line) => line.split(' '));

const values = [
  '10.9.0.1:80 [fd09::1]:80 fd09::1 10.9.0.1 10.9.0.1:http 7 -7 0 4294967295 65536 2678400 0x10 1e3 rr wlc sh mh sip ops pe',
  'sh-port,sh-fallback mh-port gue gre ipip master backup eth0 224.0.0.81 ff02::51 255.255.255.0 64 # ipvsadm - -- = __proto__',
].flatMap((line) => line.split(' '));

const word = fc.oneof(
  { arbitrary: fc.constantFrom(...options), weight: 4 },
  { arbitrary: fc.constantFrom(...values), weight: 4 },
  fc.integer().map(String),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.tuple(fc.constantFrom(...options), fc.constantFrom(...values)).map((parts) => parts.join('=')),
);

const words = fc.array(word, { maxLength: 14 });

/** Rules that are read as a rule is written, with a word changed here or there. */
const nearly = fc
  .tuple(
    fc.constantFrom(
      '-A -t 10.9.0.1:80 -s sh -b sh-port -p 360 -M 255.255.255.0',
      '-a -t 10.9.0.1:80 -r 10.1.0.1:80 -i -w 1 -x 9 -y 2 --tun-type gue --tun-port 6080 --tun-csum',
      '-A -f 7 -6 -s rr -p 60 -M 64',
      '--set 900 120 300',
      '--start-daemon master --mcast-interface eth0 --syncid 1 --mcast-group 224.0.0.81',
    ),
    fc.array(fc.tuple(fc.nat(16), word), { maxLength: 2 }),
  )
  .map(([line, changes]) => {
    const all = line.split(' ');
    for (const [at, text] of changes) all.splice(at % all.length, 1, text);
    return all;
  });

const line = fc.oneof(words, nearly).map((all) => all.join(' '));

test('whatever the text, it is rules or the place of what is wrong', (t) => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      try {
        for (const rule of parseRules(lines.join('\n'))) t.true(rule.line >= 1);
      } catch (error) {
        if (!(error instanceof RuleSyntaxError)) throw error;
        const source = lines.join('\n').split('\n')[error.line - 1] ?? '';
        t.is(error.source, source.endsWith('\r') ? source.slice(0, -1) : source);
        t.true(error.column >= 1 && error.column <= source.length + 1, error.message);
        t.is(source.slice(error.column - 1, error.column - 1 + error.text.length), error.text);
      }
    }),
    { numRuns: 1500 },
  );
  t.pass();
});

test('rules that were read are a document, or one of them is refused by its line', (t) => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const rules = lines.flatMap((each) => {
        try {
          return parseRules(each);
        } catch {
          return [];
        }
      });
      try {
        t.is(documentFromRules(rules).version, 1);
      } catch (error) {
        if (!(error instanceof InvalidValueError)) throw error;
        t.regex(error.path, /^rules\[\d+\]/);
      }
    }),
    { numRuns: 1000 },
  );
});

test('whatever the words, they are a command line, or the place of what is wrong', (t) => {
  fc.assert(
    fc.property(fc.oneof(words, nearly), fc.boolean(), (all, lenient) => {
      try {
        t.truthy(readCommandLine(all, { names: {}, lenient }).kind);
      } catch (error) {
        if (!(error instanceof CommandLineError)) throw error;
        const { place } = error;
        if (place === undefined) return;
        const { length } = all[place.word] ?? '';
        t.true(place.word < all.length, 'a place is in a word that is there');
        t.true(0 <= place.start && place.start <= place.end && place.end <= length);
      }
    }),
    { numRuns: 1500 },
  );
});
