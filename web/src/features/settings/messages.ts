import settings from "../../../messages/settings.en.json";
import { addMessages } from "../../lib/i18n.ts";

addMessages(settings);
