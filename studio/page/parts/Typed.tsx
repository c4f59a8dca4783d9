import { useState } from 'preact/hooks';
import { speak } from './live.js';

/** A command as one would type it, to be copied. */
export function Typed({ command }: { readonly command: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      setCopied(true);
      speak('copied', 0);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      // The text stands there to be selected.
      speak('The browser does not let the page copy: select the text.', 0);
    }
  };
  return (
    <div class="typed">
      <pre>{command}</pre>
      <button type="button" class="small" onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
        <span class="unseen"> the command</span>
      </button>
    </div>
  );
}
