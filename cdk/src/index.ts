import { spawnSync } from 'child_process';
import { readFileSync, statSync } from 'fs';
import * as path from 'path';
import { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib/core';

const VERSION: string = JSON.parse(readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8')).version;
const MAX_REPORT = 512 * 1024 * 1024; // bytes; a report is about 1 kB for a finding

/** The mildest finding that fails the synthesis. */
export enum FailOn {
  /** Errors alone: AWS refuses the deployment, or the function cannot run. */
  ERROR = 'error',
  /** Warnings too: what works today, and breaks later or on another machine. */
  WARNING = 'warning',
  /** Whatever is found. */
  INFO = 'info',
  /** Nothing: findings are shown only. */
  NEVER = 'never',
}

/** What is judged, and how strictly; each has the last word over `.imagelint.yaml`. */
export interface ImagelintPluginProps {
  /**
   * The program to run and its first arguments, such as `['python3', '-m', 'imagelint']`.
   *
   * @default - `$IMAGELINT`, or else `imagelint` on the PATH, or else this version of it by `uvx` or `pipx run`
   */
  readonly command?: string[];

  /**
   * The mildest finding that fails the synthesis.
   *
   * @default - as the configuration says, or else FailOn.ERROR
   */
  readonly failOn?: FailOn;

  /**
   * Whether what cannot be known before deployment is a finding.
   *
   * @default - as the configuration says, or else false
   */
  readonly strict?: boolean;

  /**
   * The configuration file to read.
   *
   * @default - the `.imagelint.yaml` of the app, where there is one
   */
  readonly config?: string;

  /**
   * The rules to judge: slugs, codes and severities, or `all`.
   *
   * @default - as the configuration says, or else errors and warnings
   */
  readonly select?: string[];

  /**
   * The rules to leave out: slugs, codes and severities.
   *
   * @default - as the configuration says, or else none
   */
  readonly ignore?: string[];
}

/**
 * Judges the container images of an app's Lambda functions at the end of `cdk synth`.
 *
 * It runs imagelint, a Python program, once on the cloud assembly that has just been written.
 *
 *     Validations.of(app).addPlugins(new ImagelintPlugin());
 */
export class ImagelintPlugin implements IPolicyValidationPlugin {
  public readonly name = 'imagelint';
  public readonly version?: string = VERSION;

  public constructor(private readonly props: ImagelintPluginProps = {}) {}

  /** Called by CDK when the assembly is written. Throws nothing: the CLI of CDK takes that as a success. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    try {
      return this.judged(context);
    } catch (error) {
      return refusal(error instanceof Error ? error.message : String(error));
    }
  }

  private judged(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const templates = context.templatePaths.filter((template) => judgeOf(template, this) === this);
    if (templates.length < context.templatePaths.length) {
      process.stderr.write('imagelint: warning: the plugin is registered twice; each template is judged once\n');
    }
    if (templates.length === 0) return { success: true, violations: [] };
    return run(this.programs(), [...this.options(), '--', ...templates]);
  }

  /** What may be run, the first choice first. On Windows these are all .exe files, which need no shell. */
  private programs(): string[][] {
    if (this.props.command !== undefined) return [this.props.command];
    if (process.env.IMAGELINT) return [[process.env.IMAGELINT]];
    return [
      ['imagelint'],
      ['uvx', `imagelint@${VERSION}`],
      ['pipx', 'run', '--spec', `imagelint==${VERSION}`, 'imagelint'],
    ];
  }

  private options(): string[] {
    const { failOn, strict, config, select, ignore } = this.props;
    return [
      'check',
      '--format=cdk',
      ...(failOn === undefined ? [] : [`--fail-on=${failOn}`]),
      ...(strict === undefined ? [] : [strict ? '--strict' : '--no-strict']),
      ...(config === undefined ? [] : [`--config=${config}`]),
      ...(select === undefined ? [] : [`--select=${select.join(',')}`]),
      ...(ignore === undefined ? [] : [`--ignore=${ignore.join(',')}`]),
    ];
  }
}

/** Who judges a template: its path and the moment at which it was written -> the first that asked. */
const judges = new Map<string, ImagelintPlugin>();

/** The plugin that judges a template of this synthesis. */
function judgeOf(template: string, asking: ImagelintPlugin): ImagelintPlugin {
  const key = `${template} ${statSync(template).mtimeMs}`;
  const first = judges.get(key) ?? asking;
  judges.set(key, first);
  return first;
}

/** The report of a plugin that judged nothing, for a reason: as `refusal` in imagelint/report/cdk.py. */
function refusal(description: string): PolicyValidationPluginReport {
  const violatingResources = [{ locations: [] }]; // CDK prints a violation for each of its resources
  return { success: false, violations: [{ ruleName: 'not-run', description, severity: 'fatal', violatingResources }] };
}

/** What a program did. */
interface Run {
  readonly program: string;
  /** The exit status or the signal. */
  readonly end: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The report of the first program that is there.
 *
 * To start it is the only way to know: another look before that would cost every synthesis a second start of Python.
 */
function run(programs: string[][], args: string[]): PolicyValidationPluginReport {
  for (const [program, ...first] of programs) {
    const options = { encoding: 'utf8', maxBuffer: MAX_REPORT, windowsHide: true } as const;
    const { error, status, signal, stdout, stderr } = spawnSync(program, [...first, ...args], options);
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') continue;
    if (error !== undefined) throw new Error(`${program} cannot be run: ${error.message}`);
    return reportOf({ program, end: status ?? signal, stdout, stderr });
  }
  const names = programs.map(([program]) => program).join(', ');
  throw new Error(`imagelint is not there (looked for ${names}): pip install imagelint, or give its path in $IMAGELINT`);
}

/**
 * The report that a program wrote, if it is imagelint's. Its warnings go to stderr.
 */
function reportOf({ program, end, stdout, stderr }: Run): PolicyValidationPluginReport {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
  const last = lines[lines.length - 1] ?? stdout.trim().split('\n')[0];
  const [, refusal] = /^Error: (.*)/.exec(last) ?? [];
  if (end === 2 && refusal) throw new Error(refusal); // imagelint's word on an option or on the configuration
  const report = parsed(stdout);
  if (report === undefined) {
    throw new Error(
      `${program} wrote no report of imagelint, but ended with ${end} and said '${last.slice(0, 200)}'; ` +
        '$IMAGELINT can name another program',
    );
  }
  const theirs = report.pluginVersion ?? '';
  if (series(theirs) !== series(VERSION)) {
    throw new Error(
      `cdk-imagelint ${VERSION} does not work with imagelint ${theirs} (run as ${program}): ` +
        'install the same version of both',
    );
  }
  for (const line of lines) if (line.startsWith('imagelint: warning: ')) process.stderr.write(`${line}\n`);
  return report;
}

type Report = PolicyValidationPluginReport & { readonly pluginVersion?: string };

function parsed(text: string): Report | undefined {
  try {
    const report = JSON.parse(text);
    return typeof report?.success === 'boolean' && Array.isArray(report.violations) ? report : undefined;
  } catch {
    return undefined;
  }
}

/** The part of a version that has to be the same: up to 1.0 a minor version may change what a report means. */
function series(version: string): string | undefined {
  return /^(0\.\d+|\d+)/.exec(version)?.[0];
}
