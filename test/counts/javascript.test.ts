import { countJavascript } from '../../bench/counts/count-javascript.js';
import { testsThatCountsAreAsKept } from './_as-kept.js';

testsThatCountsAreAsKept(['JavaScript blocks', 'JavaScript bytes'], countJavascript);
