import { countNative } from '../../bench/counts/count-native.js';
import { testsThatCountsAreAsKept } from './_as-kept.js';

testsThatCountsAreAsKept(
  ['native allocations', 'native bytes', 'native instructions'],
  countNative,
);
