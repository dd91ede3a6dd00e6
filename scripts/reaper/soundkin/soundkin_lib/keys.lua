-- @noindex
-- What each key does in the panel, the same in both views. Pure. Keys are names ("up", "enter") or single characters.

local M = {}

local PAGE = 10

local LIST = {
  up = function(m) m:select(m.selected - 1) end,
  down = function(m) m:select(m.selected + 1) end,
  pageup = function(m) m:select(m.selected - PAGE) end,
  pagedown = function(m) m:select(m.selected + PAGE) end,
  home = function(m) m:select(1) end,
  ["end"] = function(m) m:select(#m.hits) end,
  [" "] = function(m) m:want("play", { hit = m:hit() }) end,
  enter = function(m)
    if #m.hits == 0 then m:refresh(0) else m:act("insert") end
  end,
  undo = function(m) m:want("undo") end,
  r = function(m) m:act("replace") end,
  t = function(m) m:act("take") end,
  k = function(m) m:act("rs5k") end,
  o = function(m) m:act("reveal") end,
  s = function(m) m:walk() end,
  backspace = function(m) m:back() end,
  n = function(m) m:want("ask_selection") end,
  p = function(m) m:want("transport") end,
  a = function(m) m:toggle("auto") end,
  g = function(m) m:toggle("gain") end,
  m = function(m) m:toggle("tempo") end,
  b = function(m) m:toggle("bar") end,
  l = function(m) m:toggle("loop") end,
  f = function(m) m:toggle("fit") end,
  ["/"] = function(m) m:set_focus("filter") end,
  w = function(m) m:set_focus("weights") end,
  ["0"] = function(m) m:reset_weights() end,
  tab = function(m) m:set_focus("filter") end,
  escape = function(m) m:want("escape") end,
}
for n = 1, 9 do
  LIST[tostring(n)] = function(m)
    if not m.aspects[n] then return end
    m:choose_aspect(n)
    m:set_focus("weights")
  end
end

local WEIGHTS = {
  up = function(m) m:choose_aspect(m.aspect - 1) end,
  down = function(m) m:choose_aspect(m.aspect + 1) end,
  left = function(m) m:set_weight(m.aspect, (m.weights[m.aspect] or 1) - 0.25) end,
  right = function(m) m:set_weight(m.aspect, (m.weights[m.aspect] or 1) + 0.25) end,
  ["0"] = LIST["0"],
  enter = function(m) m:set_focus("list") end,
  escape = function(m) m:set_focus("list") end,
  tab = function(m) m:set_focus("list") end,
}
for n = 1, 9 do
  WEIGHTS[tostring(n)] = LIST[tostring(n)]
end

local FILTER = {
  enter = function(m) m:set_focus("list") end,
  escape = function(m) m:set_focus("list") end,
  down = function(m) m:set_focus("list") end,
  tab = function(m) m:set_focus("weights") end,
  backspace = function(m)
    local text = m.filter
    m:set_filter(text:sub(1, (utf8.offset(text, -1) or 1) - 1))
  end,
}

-- One key pressed in the panel. Unknown keys do nothing.
function M.press(model, key)
  local action
  if model.focus == "filter" then
    action = FILTER[key]
  else
    local name = #key == 1 and key:lower() or key
    action = model.focus == "weights" and WEIGHTS[name] or LIST[name]
  end
  if action then
    action(model)
    model:changed()
  elseif model.focus == "filter" and utf8.len(key) == 1 then
    model:set_filter(model.filter .. key)
  end
end

-- The help lines below the list.
function M.help(model)
  local last = math.min(9, #model.aspects)
  return {
    "Space play  Enter insert  R replace  T as take  K RS5k  S more like this  Backspace back  N item  P project",
    ("/ filter  %s  0 reset  A auto  G gain  M tempo  B on bar  L loop  F fit  O show file  Esc close"):format(
      last > 0 and ("1-%d weights"):format(last) or "W weights"),
  }
end

return M
