/**
 * What CEL says and our profile of it does not, by the signs of it; the first that fits tells the reason. The laws of the
 * profile stand in `engine/expression/`: one kind of number, nothing throws, no loops but over related records.
 */
export const reasons: readonly (readonly [reason: string, sign: RegExp])[] = [
  ["messages and enums of Protocol Buffers", /TestAllTypes|google\.protobuf|GlobalEnum|NestedEnum|\bproto\.|\bmsg\b/],
  ["values that may be missing (`optional`)", /\boptional\b|\.\?|\[\?|\{\s*\?|\.opt(Map|FlatMap)/],
  ["extensions: math, strings, encoders, bindings, blocks", /\b(math|strings|base64|cel)\.|@|\.format\(/],
  [
    "functions of the extension for strings",
    /\.(indexOf|lastIndexOf|substring|replace|split|charAt|lowerAscii|upperAscii|join|reverse|quote)\(/,
  ],
  ["unsigned whole numbers", /\b(0x[\da-f]+|\d+)u\b|\buint\b/i],
  ["bytes", /\b[rR]?[bB][rR]?(['"])|\bbytes\b/],
  [
    "values of any type, and types as values (`dyn`, `type`)",
    /\b(dyn|type)\b|^(bool|int|double|string|list|map|null_type) |\b(bool|int|double|string)$/,
  ],
  ["maps that are written out", /\{/],
  [
    "loops over lists that are written out: ours go over related records",
    /\.(map|filter|exists|exists_one|all|existsOne|transformList|transformMap)\(/,
  ],
  ["changing one type into another", /\b(int|double|string|bool|timestamp|duration)\(/],
  ["lists that are reached into, joined and compared", /\[/],
  ["parts of moments by CEL's names: ours are `year`, `month`, `day`", /\.get[A-Z]/],
  ["regular expressions", /\bmatches\b/],
  ["text that PostgreSQL does not hold, and raw text", /\\(0|x00|u0000|U00000000)|[rR]['"]|\\[xXuU0-7]/],
  ["functions that somebody declares", /\b(f_unknown|a\.\w+)\(/],
  ["truth of values that are no conditions, and order of those", /&&|\|\||!|true|false/],
  ["a number that begins with its point", /^\.\d/],
  ["order of values that are unlike", /[<>]/],
  ["names that nobody has bound, or that stand in containers", /\w/],
];

/** How many cases each reason leaves out. */
export const leftOut: Readonly<Record<string, number>> = {
  "unsigned whole numbers": 191,
  bytes: 119,
  "maps that are written out": 101,
  "names that nobody has bound, or that stand in containers": 1,
  "truth of values that are no conditions, and order of those": 23,
  "functions that somebody declares": 19,
  "extensions: math, strings, encoders, bindings, blocks": 340,
  "messages and enums of Protocol Buffers": 682,
  "values that may be missing (`optional`)": 68,
  "values of any type, and types as values (`dyn`, `type`)": 113,
  "lists that are reached into, joined and compared": 37,
  "order of values that are unlike": 4,
  "changing one type into another": 81,
  "loops over lists that are written out: ours go over related records": 69,
  "text that PostgreSQL does not hold, and raw text": 20,
  "regular expressions": 8,
  "functions of the extension for strings": 90,
  "a number that begins with its point": 1,
};

/** Where the profile says something else than CEL, by its laws: the cases by name. */
export const otherwise: Readonly<Record<string, readonly string[]>> = {
  "numbers are decimals of any size, and a rest is one of them too": [
    "fp_math/fp_math/mod_not_support",
    "fp_math/fp_math/fp_overflow_positive",
    "fp_math/fp_math/fp_overflow_negative",
    "integer_math/int64_math/int64_overflow_positive",
    "integer_math/int64_math/int64_overflow_negative",
    "integer_math/int64_math/int64_overflow_add_negative",
    "integer_math/int64_math/int64_overflow_sub_positive",
    "integer_math/int64_math/int64_min_negate",
    "integer_math/int64_math/int64_min_negate_mul",
    "integer_math/int64_math/int64_min_negate_div",
    "integer_math/int64_math/int64_overflow_mul_positive",
    "integer_math/int64_math/int64_overflow_mul_negative",
  ],
  "nothing throws: what fails is null, and a comparison with it false": [
    "comparisons/lt_literal/lt_null_unsupported",
    "comparisons/gt_literal/gt_null_unsupported",
    "comparisons/lte_literal/lte_null_unsupported",
    "comparisons/gte_literal/gte_null_unsupported",
    "comparisons/bound/null_lt_right_no_such_overload",
    "integer_math/int64_math/mod_zero",
    "integer_math/int64_math/divide_zero",
    "logic/conditional/error_case",
    "logic/AND/error_right",
    "logic/AND/error_left",
    "logic/OR/error_right",
    "logic/OR/error_left",
    "plumbing/eval_results/error_result",
  ],
  "there is no number beside the numbers: what is none is null": [
    "comparisons/eq_literal/not_eq_double_nan",
    "comparisons/ne_literal/not_ne_double_nan",
    "comparisons/ne_literal/ne_double_nan",
    "fp_math/fp_math/negative_zero",
    "fp_math/fp_math/divide_zero",
  ],
  "only blanks are trimmed": [
    "string_ext/trim/blank_spaces_escaped_chars",
    "string_ext/trim/unicode_space_chars_1",
    "string_ext/trim/unicode_space_chars_2",
    "string_ext/trim/unicode_space_chars_3",
  ],
  "spans and moments have other bounds": [
    "timestamps/timestamp_range/add_duration_under",
    "timestamps/timestamp_range/add_duration_over",
    "timestamps/timestamp_range/sub_time_duration_over",
    "timestamps/timestamp_range/sub_time_duration_under",
    "timestamps/duration_range/from_string_under",
    "timestamps/duration_range/from_string_over",
    "timestamps/duration_range/add_under",
    "timestamps/duration_range/add_over",
    "timestamps/duration_range/sub_under",
    "timestamps/duration_range/sub_over",
  ],
  "names stand in no containers": [
    "namespace/namespace/self_eval_container_lookup",
    "namespace/namespace/self_eval_container_lookup_unchecked",
  ],
};
