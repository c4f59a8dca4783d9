import { useEffect, useRef } from 'preact/hooks';

/** Calls with files that are dropped anywhere on the page. */
export function useDrop(take: (files: FileList) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const over = (event: DragEvent): void => event.preventDefault();
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      if (event.dataTransfer !== null && event.dataTransfer.files.length > 0) {
        latest.current(event.dataTransfer.files);
      }
    };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', drop);
    };
  }, []);
}
