import { ChevronDown, ChevronUp, CircleAlert, Search, ZoomIn, ZoomOut } from "lucide-react";
import type { KeyboardEvent, RefObject } from "react";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { type Only, SLOW_MS } from "../../lib/trace/rows.ts";
import { whole, zoomBy } from "../../lib/trace/zoom.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Kbd } from "../../ui/Kbd/Kbd.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import styles from "./TraceToolbar.module.css";
import type { TraceModel } from "./useTraceModel.ts";

interface Props {
  readonly model: TraceModel;
  readonly field: RefObject<HTMLInputElement | null>;
}

/** Finding, narrowing and zooming. */
export function TraceToolbar({ model, field }: Props) {
  const { search, zoom, trace, failed } = model;
  const toggle = (only: Only) => model.change({ only: search.only === only ? undefined : only });
  const isZoomed = search.zoom !== undefined;
  const zoomTo = (factor: number) =>
    model.setZoom(zoomBy(zoom, factor, (zoom.from + zoom.to) / 2, trace.duration));
  return (
    <div className={styles.bar}>
      <Find model={model} field={field} />
      {failed.length > 0 && (
        <Button size="small" pressed={search.only === "errors"} onClick={() => toggle("errors")}>
          <CircleAlert size={13} />
          {t("trace.only.errors", { count: failed.length })}
        </Button>
      )}
      <Button size="small" pressed={search.only === "path"} onClick={() => toggle("path")}>
        {t("trace.only.path")}
      </Button>
      <Button size="small" pressed={search.only === "slow"} onClick={() => toggle("slow")}>
        {t("trace.only.slow", { duration: formatDuration(SLOW_MS) })}
      </Button>
      {(model.repeats.size > 0 || search.repeats !== undefined) && search.as === undefined && (
        <Button
          size="small"
          pressed={search.repeats === undefined}
          onClick={() => model.change({ repeats: search.repeats === undefined ? "1" : undefined })}
        >
          {t("trace.repeats")}
        </Button>
      )}
      <span className={styles.spacer} />
      <Segmented<"waterfall" | "flame">
        label={t("trace.as")}
        options={[
          { value: "waterfall", label: t("trace.as.waterfall") },
          { value: "flame", label: t("trace.as.flame") },
        ]}
        value={search.as ?? "waterfall"}
        onChange={(as) => model.change({ as: as === "flame" ? as : undefined })}
      />
      {isZoomed && (
        <Button size="small" variant="ghost" onClick={() => model.setZoom(whole(trace.duration))}>
          {t("trace.zoom.reset", { from: formatDuration(zoom.from), to: formatDuration(zoom.to) })}
        </Button>
      )}
      <Button size="small" icon aria-label={t("trace.zoom.in")} onClick={() => zoomTo(0.5)}>
        <ZoomIn size={13} />
      </Button>
      <Button
        size="small"
        icon
        aria-label={t("trace.zoom.out")}
        disabled={!isZoomed}
        onClick={() => zoomTo(2)}
      >
        <ZoomOut size={13} />
      </Button>
    </div>
  );
}

function Find({ model, field }: Props) {
  const { found, selected } = model;
  const text = model.search.find ?? "";
  const at = selected === undefined ? -1 : found.indexOf(selected.place);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") model.step(found, event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") field.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <search className={styles.find}>
      <Search size={13} aria-hidden="true" />
      <input
        ref={field}
        type="search"
        aria-label={t("trace.find")}
        placeholder={t("trace.find")}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => model.type(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {text === "" ? (
        <Kbd keys="/" />
      ) : (
        <>
          <span className={styles.count} role="status">
            {at >= 0
              ? t("trace.found.at", { at: at + 1, count: found.length })
              : t("trace.found", { count: found.length })}
          </span>
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={t("trace.found.previous")}
            disabled={found.length === 0}
            onClick={() => model.step(found, -1)}
          >
            <ChevronUp size={13} />
          </Button>
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={t("trace.found.next")}
            disabled={found.length === 0}
            onClick={() => model.step(found, 1)}
          >
            <ChevronDown size={13} />
          </Button>
        </>
      )}
    </search>
  );
}
