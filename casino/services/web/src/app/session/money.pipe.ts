// `{{ minor | money: currency }}` in templates.
import { Pipe, type PipeTransform } from "@angular/core";
import { money } from "./money";

@Pipe({ name: "money" })
export class MoneyPipe implements PipeTransform {
  transform(minor: number | null | undefined, currency: string): string {
    return minor === null || minor === undefined ? "–" : money(minor, currency);
  }
}
