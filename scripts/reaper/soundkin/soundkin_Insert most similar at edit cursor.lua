-- @noindex
-- Inserts the sound most similar to the selected item at the edit cursor.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("actions").insert()
end)
