-- @noindex
-- Gives the sampler on the selected track the next similar file, or loads what is similar to the selected item.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("actions").rs5k()
end)
