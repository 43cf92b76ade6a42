/** Answers as the contract has them, made by the library itself: figures that a venue really gives. */
import type { Guards, Limits, Market, Position, Preview, Value } from "../api/types";

type Accepted = Extract<Preview, { accepted: true }>;
type Refused = Extract<Preview, { accepted: false }>;

export const AS_OF = { seq: 412, at_ms: 1_717_000_000_000 };
const PRICED_AT = AS_OF.at_ms - 1_000;

function value(text: string): Value {
  const [first = "", second = ""] = text.split(" ");
  if (text === "none") return null;
  if (first === "int") return Number(second);
  return second ? { amount: first, asset: second } : text;
}

function rowsOf(table: string) {
  return table.split("\n").map((line) => {
    const [name = "", label = "", unit = "", before = "", text = "", after = before, then = text] =
      line.split("|");
    return {
      name,
      label,
      unit,
      before: { value: value(before), text },
      after: { value: value(after), text: then },
      changes: before !== after,
    };
  });
}

function preview(
  table: string,
  rest: Pick<Accepted, "postings" | "guards" | "warnings" | "prices">,
): Accepted {
  return { accepted: true, rows: rowsOf(table), as_of: AS_OF, ...rest };
}

function position(market: Market, table: string, limits: Limits): Position {
  const rows = rowsOf(table).map(({ before, name, label, unit }) => ({ name, label, unit, ...before }));
  const { amount, asset, binding } = limits.take ?? { amount: "0", asset: "", binding: "" };
  const headline = {
    takeable: { amount, asset },
    bound_by: binding,
    equity: { amount: "0", asset },
    leverage: "3.19354838709677",
    liquidation_prices: [],
  };
  return {
    market: market.name,
    model: market.model,
    has_position: true,
    headline,
    rows,
    limits,
    breach: null,
    orders: [],
    prices: market.prices,
    as_of: AS_OF,
  };
}

function feed(price: string, unit: string) {
  const text = `${price} ${unit}`;
  return {
    price,
    text,
    unit,
    at_ms: PRICED_AT,
    age_ms: 1_000,
    confidence: "0",
    kind: "recorded",
    valid: true,
  };
}

export const PUMP: Market = {
  name: "PUMP/SOL",
  title: "a money market",
  verified: false,
  model: "lending",
  assets: { collateral: "PUMP", loan: "SOL" },
  steps: { slider_max: "3", slippage: "0.01" },
  paused: false,
  prices: { collateral_usd: feed("0.005", "USD/PUMP"), loan_usd: feed("200", "USD/SOL") },
  summary: [],
  as_of: AS_OF,
};
export const BTC: Market = {
  name: "BTC-PERP",
  title: "a perpetual",
  verified: true,
  model: "tiered",
  assets: { settle: "USDC" },
  steps: { size: "0.00001", leverage_max: "40" },
  paused: false,
  prices: { mark: feed("63000", "USDC/BTC") },
  summary: [],
  as_of: AS_OF,
};
export const XBT: Market = {
  name: "XBTUSDTM",
  title: "a perpetual",
  verified: true,
  model: "risk_limit",
  assets: { settle: "USDT" },
  steps: { size: "0.001", leverage_max: "125", levels: "12" },
  paused: false,
  prices: { mark: feed("64000", "USDT/XBT") },
  summary: [],
  as_of: AS_OF,
};

export const PUMP_POSITION = position(
  PUMP,
  `price|PUMP price|SOL/PUMP|0.000025|0.000025 SOL/PUMP
collateral|Collateral||1200000 PUMP|1,200,000 PUMP
value|Collateral value|SOL|30|30 SOL
debt|Open debt||20.4 SOL|20.4 SOL
ltv|LTV|%|0.68|68 %
leverage|Leverage|x|3.125|3.125x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000226666666666667|0.0000226666666667 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.00453333333333333|0.00453333333334 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|220.588235294118|220.588235294 USD/SOL
health_factor|Health factor||1.10294117647059|1.10294117647
equity|Equity|SOL|9.6|9.6 SOL
pnl|PnL|SOL|9.6|9.6 SOL
take_max|Max withdraw||34285.714285 PUMP|34,285.714285 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.588235294 SOL|0.588235294 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.019992159937279498|1.99921599373 %
borrow_apr|Borrow APR|%|0.165708125665005319|16.5708125666 %
supply_apr|Supply APR|%|0.0026502906809612767288886580477198896|0.265029068096 %
claim|Supplied||0 SOL|0 SOL`,
  {
    take: {
      amount: "34285.714285",
      asset: "PUMP",
      binding: "MAX_LTV",
      limits: { MAX_LTV: "34285.714285" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    borrow: {
      amount: "0.588235294",
      asset: "SOL",
      binding: "MAX_LTV",
      limits: {
        MAX_LTV: "0.588235294",
        POSITION_CAP: "78.039215686",
        MARKET_CAP: "960.392156862",
        POOL_LIQUIDITY: "1000",
      },
      opens_at: null,
      remedies: {},
      note: "",
    },
    open: {
      amount: "78.039215686",
      asset: "SOL",
      binding: "POSITION_CAP",
      limits: {
        MAX_LTV: "111.25",
        POSITION_CAP: "78.039215686",
        MARKET_CAP: "960.392156862",
        POOL_LIQUIDITY: "1000",
      },
      opens_at: null,
      remedies: {},
      note: "",
    },
    add: {
      amount: "25000.5",
      asset: "PUMP",
      binding: "WALLET_BALANCE",
      limits: { WALLET_BALANCE: "25000.5" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    repay: {
      amount: "20.4",
      asset: "SOL",
      binding: "POSITION_DEBT",
      limits: { POSITION_DEBT: "20.4", WALLET_BALANCE: "50" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    supply: {
      amount: "50",
      asset: "SOL",
      binding: "WALLET_BALANCE",
      limits: { WALLET_BALANCE: "50" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    redeem: {
      amount: "0",
      asset: "SOL",
      binding: "SUPPLY_BALANCE",
      limits: { SUPPLY_BALANCE: "0", POOL_LIQUIDITY: "1000" },
      opens_at: null,
      remedies: {},
      note: "",
    },
  },
);

export const PUMP_TAKE = preview(
  `price|PUMP price|SOL/PUMP|0.000025|0.000025 SOL/PUMP|0.000025|0.000025 SOL/PUMP
collateral|Collateral||1200000 PUMP|1,200,000 PUMP|1188000 PUMP|1,188,000 PUMP
value|Collateral value|SOL|30|30 SOL|29.7|29.7 SOL
debt|Open debt||20.4 SOL|20.4 SOL|20.4 SOL|20.4 SOL
ltv|LTV|%|0.68|68 %|0.686868686868687|68.6868686869 %
leverage|Leverage|x|3.125|3.125x|3.19354838709677|3.1935483871x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000226666666666667|0.0000226666666667 SOL/PUMP|0.0000228956228956229|0.0000228956228957 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.00453333333333333|0.00453333333334 USD/PUMP|0.00457912457912458|0.00457912457913 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|220.588235294118|220.588235294 USD/SOL|218.382352941176|218.382352941 USD/SOL
health_factor|Health factor||1.10294117647059|1.10294117647|1.09191176470588|1.0919117647
equity|Equity|SOL|9.6|9.6 SOL|9.3|9.3 SOL
pnl|PnL|SOL|9.6|9.6 SOL|9.6|9.6 SOL
take_max|Max withdraw||34285.714285 PUMP|34,285.714285 PUMP|22285.714285 PUMP|22,285.714285 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.588235294 SOL|0.588235294 SOL|0.38235294 SOL|0.38235294 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.019992159937279498|1.99921599373 %|0.019992159937279498|1.99921599373 %
borrow_apr|Borrow APR|%|0.165708125665005319|16.5708125666 %|0.165708125665005319|16.5708125666 %
supply_apr|Supply APR|%|0.0026502906809612767288886580477198896|0.265029068096 %|0.0026502906809612767288886580477198896|0.265029068096 %
claim|Supplied||0 SOL|0 SOL|0 SOL|0 SOL`,
  {
    postings: [
      { account: "wallet", asset: "PUMP", units: "12000000000", amount: "12000" },
      { account: "position", asset: "PUMP", units: "-12000000000", amount: "-12000" },
    ],
    guards: {
      feed: "collateral_loan",
      unit: "SOL/PUMP",
      valid_until: "0.0000245310245310245",
      price_min: "0.000024875",
      price_max: null,
      liquidation_price_min: null,
      liquidation_price_max: "0.000023010101010101",
      leverage_max: "3.2291427634814",
      amount_min: null,
    } as Guards,
    warnings: [
      { code: "LEVERAGE_RISES", message: "Leverage rises from 3.125x to 3.194x." },
      {
        code: "LIQUIDATION_CLOSER",
        message:
          "The liquidation price rises by 1.011 %, toward the price: 0.0000226666666667 to 0.0000228956228957 SOL/PUMP.",
      },
      {
        code: "NEAR_MAX_LTV",
        message:
          "The LTV of 68.69 % is near the maximum of 70 %: little more can be taken or borrowed, and liquidation begins above 75 %.",
      },
      {
        code: "LOAN_RISE_LIQUIDATES",
        message:
          "The debt is in SOL: SOL alone rising by more than 9.191 % liquidates this position, even if PUMP keeps its USD price.",
      },
    ],
    prices: { collateral_usd: feed("0.005", ""), loan_usd: feed("200", "") },
  },
);

export const PUMP_BORROW = preview(
  `price|PUMP price|SOL/PUMP|0.000025|0.000025 SOL/PUMP|0.000025|0.000025 SOL/PUMP
collateral|Collateral||1200000 PUMP|1,200,000 PUMP|1200000 PUMP|1,200,000 PUMP
value|Collateral value|SOL|30|30 SOL|30|30 SOL
debt|Open debt||20.4 SOL|20.4 SOL|20.706 SOL|20.706 SOL
ltv|LTV|%|0.68|68 %|0.6902|69.02 %
leverage|Leverage|x|3.125|3.125x|3.22788896061975|3.22788896062x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000226666666666667|0.0000226666666667 SOL/PUMP|0.0000230066666666667|0.0000230066666667 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.00453333333333333|0.00453333333334 USD/PUMP|0.00460133333333333|0.00460133333334 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|220.588235294118|220.588235294 USD/SOL|217.328310634599|217.328310634 USD/SOL
health_factor|Health factor||1.10294117647059|1.10294117647|1.08664155317299|1.08664155317
equity|Equity|SOL|9.6|9.6 SOL|9.294|9.294 SOL
pnl|PnL|SOL|9.6|9.6 SOL|9.594|9.594 SOL
take_max|Max withdraw||34285.714285 PUMP|34,285.714285 PUMP|16800 PUMP|16,800 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.588235294 SOL|0.588235294 SOL|0.288235294 SOL|0.288235294 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.019992159937279498|1.99921599373 %|0.0202919230188768|2.02919230189 %
borrow_apr|Borrow APR|%|0.165708125665005319|16.5708125666 %|0.165943653800546057|16.5943653801 %
supply_apr|Supply APR|%|0.0026502906809612767288886580477198896|0.265029068096 %|0.00305155448868462|0.305155448868 %
claim|Supplied||0 SOL|0 SOL|0 SOL|0 SOL`,
  {
    postings: [
      { account: "pool", asset: "SOL", units: "-300000000", amount: "-0.3" },
      { account: "wallet", asset: "SOL", units: "300000000", amount: "0.3" },
    ],
    guards: {
      feed: "collateral_loan",
      unit: "SOL/PUMP",
      valid_until: "0.00002465",
      price_min: "0.000024875",
      price_max: null,
      liquidation_price_min: null,
      liquidation_price_max: "0.0000231217",
      leverage_max: "3.26443569553806",
      amount_min: null,
    } as Guards,
    warnings: [
      { code: "LEVERAGE_RISES", message: "Leverage rises from 3.125x to 3.228x." },
      {
        code: "LIQUIDATION_CLOSER",
        message:
          "The liquidation price rises by 1.5 %, toward the price: 0.0000226666666667 to 0.0000230066666667 SOL/PUMP.",
      },
      {
        code: "NEAR_MAX_LTV",
        message:
          "The LTV of 69.02 % is near the maximum of 70 %: little more can be taken or borrowed, and liquidation begins above 75 %.",
      },
      {
        code: "LOAN_RISE_LIQUIDATES",
        message:
          "The debt is in SOL: SOL alone rising by more than 8.664 % liquidates this position, even if PUMP keeps its USD price.",
      },
    ],
    prices: { collateral_usd: feed("0.005", ""), loan_usd: feed("200", "") },
  },
);

export const PUMP_CLOSE = preview(
  `price|PUMP price|SOL/PUMP|0.000025|0.000025 SOL/PUMP|0.000025|0.000025 SOL/PUMP
collateral|Collateral||1200000 PUMP|1,200,000 PUMP|900000 PUMP|900,000 PUMP
value|Collateral value|SOL|30|30 SOL|22.5|22.5 SOL
debt|Open debt||20.4 SOL|20.4 SOL|12.9 SOL|12.9 SOL
ltv|LTV|%|0.68|68 %|0.573333333333333|57.3333333334 %
leverage|Leverage|x|3.125|3.125x|2.34375|2.34375x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000226666666666667|0.0000226666666667 SOL/PUMP|0.0000191111111111111|0.0000191111111112 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.00453333333333333|0.00453333333334 USD/PUMP|0.00382222222222222|0.00382222222223 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|220.588235294118|220.588235294 USD/SOL|261.627906976744|261.627906976 USD/SOL
health_factor|Health factor||1.10294117647059|1.10294117647|1.30813953488372|1.30813953488
equity|Equity|SOL|9.6|9.6 SOL|9.6|9.6 SOL
pnl|PnL|SOL|9.6|9.6 SOL|9.6|9.6 SOL
take_max|Max withdraw||34285.714285 PUMP|34,285.714285 PUMP|162857.142857 PUMP|162,857.142857 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.588235294 SOL|0.588235294 SOL|2.794117646 SOL|2.794117646 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.019992159937279498|1.99921599373 %|0.012642101136809094|1.26421011368 %
borrow_apr|Borrow APR|%|0.165708125665005319|16.5708125666 %|0.159933079464635716|15.9933079465 %
supply_apr|Supply APR|%|0.0026502906809612767288886580477198896|0.265029068096 %|0.0016175121325706002816529066768010432|0.161751213257 %
claim|Supplied||0 SOL|0 SOL|0 SOL|0 SOL`,
  {
    postings: [
      { account: "position", asset: "PUMP", units: "-300000000000", amount: "-300000" },
      { account: "swap_desk", asset: "PUMP", units: "300000000000", amount: "300000" },
      { account: "swap_desk", asset: "SOL", units: "-7500000000", amount: "-7.5" },
      { account: "pool", asset: "SOL", units: "7500000000", amount: "7.5" },
    ],
    guards: {
      feed: "collateral_loan",
      unit: "SOL/PUMP",
      valid_until: null,
      price_min: "0.000024875",
      price_max: null,
      liquidation_price_min: null,
      liquidation_price_max: "0.0000192066666666667",
      leverage_max: "2.3596837944664",
      amount_min: null,
    } as Guards,
    warnings: [],
    prices: { collateral_usd: feed("0.005", ""), loan_usd: feed("200", "") },
  },
);

export const PUMP_REPAY = preview(
  `price|PUMP price|SOL/PUMP|0.000025|0.000025 SOL/PUMP|0.000025|0.000025 SOL/PUMP
collateral|Collateral||1200000 PUMP|1,200,000 PUMP|1200000 PUMP|1,200,000 PUMP
value|Collateral value|SOL|30|30 SOL|30|30 SOL
debt|Open debt||20.4 SOL|20.4 SOL|15.4 SOL|15.4 SOL
ltv|LTV|%|0.68|68 %|0.513333333333333|51.3333333334 %
leverage|Leverage|x|3.125|3.125x|2.05479452054795|2.05479452055x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000226666666666667|0.0000226666666667 SOL/PUMP|0.0000171111111111111|0.0000171111111112 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.00453333333333333|0.00453333333334 USD/PUMP|0.00342222222222222|0.00342222222223 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|220.588235294118|220.588235294 USD/SOL|292.207792207792|292.207792207 USD/SOL
health_factor|Health factor||1.10294117647059|1.10294117647|1.46103896103896|1.46103896103
equity|Equity|SOL|9.6|9.6 SOL|14.6|14.6 SOL
pnl|PnL|SOL|9.6|9.6 SOL|9.6|9.6 SOL
take_max|Max withdraw||34285.714285 PUMP|34,285.714285 PUMP|320000 PUMP|320,000 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.588235294 SOL|0.588235294 SOL|5.490196078 SOL|5.490196078 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.019992159937279498|1.99921599373 %|0.015092120736965895|1.5092120737 %
borrow_apr|Borrow APR|%|0.165708125665005319|16.5708125666 %|0.161858094864758917|16.1858094865 %
supply_apr|Supply APR|%|0.0026502906809612767288886580477198896|0.265029068096 %|0.001954225527963376873148799380908572|0.195422552796 %
claim|Supplied||0 SOL|0 SOL|0 SOL|0 SOL`,
  {
    postings: [
      { account: "wallet", asset: "SOL", units: "-5000000000", amount: "-5" },
      { account: "pool", asset: "SOL", units: "5000000000", amount: "5" },
    ],
    guards: {
      feed: "collateral_loan",
      unit: "SOL/PUMP",
      valid_until: null,
      price_min: null,
      price_max: null,
      liquidation_price_min: null,
      liquidation_price_max: null,
      leverage_max: null,
      amount_min: null,
    } as Guards,
    warnings: [],
    prices: { collateral_usd: feed("0.005", ""), loan_usd: feed("200", "") },
  },
);

export const PUMP_TAKE_REFUSED: Refused = {
  ...({
    accepted: false,
    code: "MAX_LTV_EXCEEDED",
    message:
      "the LTV would be 70.3448275863 % and the maximum is 70 %; at most 34,285.714285 PUMP is possible now",
    terms: {
      ltv: "0.703448275862069",
      limit: "0.7",
      debt_after: { amount: "20.4", asset: "SOL" },
      value_after: "29",
    },
    would_be_accepted: { amount: "34285.714285", asset: "PUMP" },
  } as Omit<Refused, "as_of">),
  as_of: AS_OF,
};

export const PUMP_AT_MAX = position(
  PUMP,
  `price|PUMP price|SOL/PUMP|0.000025|0.000025 SOL/PUMP
collateral|Collateral||1200000 PUMP|1,200,000 PUMP
value|Collateral value|SOL|30|30 SOL
debt|Open debt||21.5 SOL|21.5 SOL
ltv|LTV|%|0.716666666666667|71.6666666667 %
leverage|Leverage|x|3.52941176470588|3.52941176471x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000238888888888889|0.0000238888888889 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.00477777777777778|0.00477777777778 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|209.302325581395|209.302325581 USD/SOL
health_factor|Health factor||1.04651162790698|1.0465116279
equity|Equity|SOL|8.5|8.5 SOL
pnl|PnL|SOL|8.5|8.5 SOL
take_max|Max withdraw||0 PUMP|0 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0 SOL|0 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.021047479197258932|2.10474791973 %
borrow_apr|Borrow APR|%|0.166537305083560589|16.6537305084 %
supply_apr|Supply APR|%|0.0028041523714510445449171708347447584|0.280415237145 %
claim|Supplied||0 SOL|0 SOL`,
  {
    take: {
      amount: "0",
      asset: "PUMP",
      binding: "MAX_LTV",
      limits: { MAX_LTV: "0" },
      opens_at: { feed: "collateral_usd", side: "above", price: "0.00511904761905188" },
      remedies: {
        token_price: "0.0000255952380952381",
        repay: { amount: "0.5", asset: "SOL" },
        add_collateral: { amount: "28571.428572", asset: "PUMP" },
      },
      note: "",
    },
    borrow: {
      amount: "0",
      asset: "SOL",
      binding: "MAX_LTV",
      limits: {
        MAX_LTV: "0",
        POSITION_CAP: "76.960784312",
        MARKET_CAP: "959.31372549",
        POOL_LIQUIDITY: "1000",
      },
      opens_at: { feed: "collateral_usd", side: "above", price: "0.0051190476197619" },
      remedies: {
        token_price: "0.0000255952380952381",
        repay: { amount: "0.5", asset: "SOL" },
        add_collateral: { amount: "28571.428572", asset: "PUMP" },
      },
      note: "",
    },
    open: {
      amount: "76.960784312",
      asset: "SOL",
      binding: "POSITION_CAP",
      limits: {
        MAX_LTV: "107.8125",
        POSITION_CAP: "76.960784312",
        MARKET_CAP: "959.31372549",
        POOL_LIQUIDITY: "1000",
      },
      opens_at: null,
      remedies: {},
      note: "",
    },
    add: {
      amount: "25000.5",
      asset: "PUMP",
      binding: "WALLET_BALANCE",
      limits: { WALLET_BALANCE: "25000.5" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    repay: {
      amount: "21.5",
      asset: "SOL",
      binding: "POSITION_DEBT",
      limits: { POSITION_DEBT: "21.5", WALLET_BALANCE: "50" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    supply: {
      amount: "50",
      asset: "SOL",
      binding: "WALLET_BALANCE",
      limits: { WALLET_BALANCE: "50" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    redeem: {
      amount: "0",
      asset: "SOL",
      binding: "SUPPLY_BALANCE",
      limits: { SUPPLY_BALANCE: "0", POOL_LIQUIDITY: "1000" },
      opens_at: null,
      remedies: {},
      note: "",
    },
  },
);

export const PUMP_TINY = position(
  PUMP,
  `price|PUMP price|SOL/PUMP|0.000000000001|0.000000000001 SOL/PUMP
collateral|Collateral||999999999999.123456 PUMP|999,999,999,999.123456 PUMP
value|Collateral value|SOL|0.999999999999123456|0.999999999999 SOL
debt|Open debt||0.000000001 SOL|0.000000001 SOL
ltv|LTV|%|0.00000000100000000000088|0.000000100000000001 %
leverage|Leverage|x|1.000000001|1.00000000101x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000000000000000000013333333333345|0.00000000000000000000133333333334 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.0000000000000000002666666666669|0.000000000000000000266666666667 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|149999999999.8685184|149,999,999,999 USD/SOL
health_factor|Health factor||749999999.999342592|749,999,999.999
equity|Equity|SOL|0.999999998999123456|0.999999998999 SOL
pnl|PnL|SOL|0.999999998999123456|0.999999998999 SOL
take_max|Max withdraw||999999998570.552027 PUMP|999,999,998,570.552027 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.686274506 SOL|0.686274506 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.000000000000999999|0.0000000000999999 %
borrow_apr|Borrow APR|%|0.150000000000785713|15.0000000001 %
supply_apr|Supply APR|%|0.0000000000001199998800006285697714296|0.000000000011999988 %
claim|Supplied||0 SOL|0 SOL`,
  {
    take: {
      amount: "999999998570.552027",
      asset: "PUMP",
      binding: "MAX_LTV",
      limits: { MAX_LTV: "999999998570.552027" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    borrow: {
      amount: "0.686274506",
      asset: "SOL",
      binding: "MAX_LTV",
      limits: {
        MAX_LTV: "0.686274506",
        POSITION_CAP: "98.039215685",
        MARKET_CAP: "980.392156861",
        POOL_LIQUIDITY: "1000",
      },
      opens_at: null,
      remedies: {},
      note: "",
    },
    open: {
      amount: "98.039215685",
      asset: "SOL",
      binding: "POSITION_CAP",
      limits: {
        MAX_LTV: "111.562499996",
        POSITION_CAP: "98.039215685",
        MARKET_CAP: "980.392156861",
        POOL_LIQUIDITY: "1000",
      },
      opens_at: null,
      remedies: {},
      note: "",
    },
    add: {
      amount: "25000.5",
      asset: "PUMP",
      binding: "WALLET_BALANCE",
      limits: { WALLET_BALANCE: "25000.5" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    repay: {
      amount: "0.000000001",
      asset: "SOL",
      binding: "POSITION_DEBT",
      limits: { POSITION_DEBT: "0.000000001", WALLET_BALANCE: "50" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    supply: {
      amount: "50",
      asset: "SOL",
      binding: "WALLET_BALANCE",
      limits: { WALLET_BALANCE: "50" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    redeem: {
      amount: "0",
      asset: "SOL",
      binding: "SUPPLY_BALANCE",
      limits: { SUPPLY_BALANCE: "0", POOL_LIQUIDITY: "1000" },
      opens_at: null,
      remedies: {},
      note: "",
    },
  },
);

export const PUMP_TINY_TAKE = preview(
  `price|PUMP price|SOL/PUMP|0.000000000001|0.000000000001 SOL/PUMP|0.000000000001|0.000000000001 SOL/PUMP
collateral|Collateral||999999999999.123456 PUMP|999,999,999,999.123456 PUMP|999999999999.123455 PUMP|999,999,999,999.123455 PUMP
value|Collateral value|SOL|0.999999999999123456|0.999999999999 SOL|0.999999999999123455|0.999999999999 SOL
debt|Open debt||0.000000001 SOL|0.000000001 SOL|0.000000001 SOL|0.000000001 SOL
ltv|LTV|%|0.00000000100000000000088|0.000000100000000001 %|0.00000000100000000000088|0.000000100000000001 %
leverage|Leverage|x|1.000000001|1.00000000101x|1.000000001|1.00000000101x
liquidation_price|Est. liquidation price (SOL)|SOL/PUMP|0.0000000000000000000013333333333345|0.00000000000000000000133333333334 SOL/PUMP|0.0000000000000000000013333333333345|0.00000000000000000000133333333334 SOL/PUMP
liquidation_price_usd|Est. liquidation price (USD)|USD/PUMP|0.0000000000000000002666666666669|0.000000000000000000266666666667 USD/PUMP|0.0000000000000000002666666666669|0.000000000000000000266666666667 USD/PUMP
liquidation_loan_usd|SOL price that liquidates|USD/SOL|149999999999.8685184|149,999,999,999 USD/SOL|149999999999.86851825|149,999,999,999 USD/SOL
health_factor|Health factor||749999999.999342592|749,999,999.999|749999999.99934259125|749,999,999.999
equity|Equity|SOL|0.999999998999123456|0.999999998999 SOL|0.999999998999123455|0.999999998999 SOL
pnl|PnL|SOL|0.999999998999123456|0.999999998999 SOL|0.999999998999123455|0.999999998999 SOL
take_max|Max withdraw||999999998570.552027 PUMP|999,999,998,570.552027 PUMP|999999998570.552026 PUMP|999,999,998,570.552026 PUMP
take_binding|Binds withdrawal||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
borrow_max|Max borrow (SOL)||0.686274506 SOL|0.686274506 SOL|0.686274506 SOL|0.686274506 SOL
borrow_binding|Binds borrowing||MAX_LTV|MAX_LTV|MAX_LTV|MAX_LTV
utilisation|Utilisation|%|0.000000000000999999|0.0000000000999999 %|0.000000000000999999|0.0000000000999999 %
borrow_apr|Borrow APR|%|0.150000000000785713|15.0000000001 %|0.150000000000785713|15.0000000001 %
supply_apr|Supply APR|%|0.0000000000001199998800006285697714296|0.000000000011999988 %|0.0000000000001199998800006285697714296|0.000000000011999988 %
claim|Supplied||0 SOL|0 SOL|0 SOL|0 SOL`,
  {
    postings: [
      { account: "wallet", asset: "PUMP", units: "1", amount: "0.000001" },
      { account: "position", asset: "PUMP", units: "-1", amount: "-0.000001" },
    ],
    guards: {
      feed: "collateral_loan",
      unit: "SOL/PUMP",
      valid_until: "0.00000000000000000000142857142857268",
      price_min: "0.000000000000995",
      price_max: null,
      liquidation_price_min: null,
      liquidation_price_max: "0.00000000000000000000134000000000117",
      leverage_max: "1.00000000100503",
      amount_min: null,
    } as Guards,
    warnings: [
      { code: "LEVERAGE_RISES", message: "Leverage rises from 1.001x to 1.001x." },
      {
        code: "LIQUIDATION_CLOSER",
        message:
          "The liquidation price rises by 0.0000000000000001001 %, toward the price: 0.00000000000000000000133333333334 to 0.00000000000000000000133333333334 SOL/PUMP.",
      },
      {
        code: "LOAN_RISE_LIQUIDATES",
        message:
          "The debt is in SOL: SOL alone rising by more than 74990000000 % liquidates this position, even if PUMP keeps its USD price.",
      },
    ],
    prices: { collateral_usd: feed("0.005", ""), loan_usd: feed("200", "") },
  },
);

export const BTC_POSITION = position(
  BTC,
  `mark|Mark price|USDC/BTC|63000|63,000 USDC/BTC
size|Size|BTC|0.01|0.01 BTC
equity|Equity (margin used)||89.73 USDC|89.73 USDC
notional|Notional||630 USDC|630 USDC
unrealised_pnl|Unrealised PnL|USDC|30|30 USDC
effective_leverage|Effective leverage|x|7.02106318956871|7.02106318957x
setting|Leverage setting|x|int 10|10x
maintenance|Maintenance margin|USDC|7.875|7.875 USDC
initial_margin|Floor: notional / leverage|USDC|63|63 USDC
ten_percent_notional|Floor: 10 % of notional|USDC|63|63 USDC
floor|Transfer floor|USDC|63|63 USDC
binding|Binds removal||INITIAL_MARGIN|INITIAL_MARGIN
max_removable|Max removable||26.73 USDC|26.73 USDC
liquidation_px|Liquidation price|USDC/BTC|54710.8860759494|54,710.886076 USDC/BTC
backstop_px|Backstop price|USDC/BTC|54481.0084033613|54,481.0084034 USDC/BTC
bankruptcy_px|Bankruptcy price|USDC/BTC|54027|54,027 USDC/BTC
withdrawable|Withdrawable (account)||940 USDC|940 USDC
opens_at|Removal opens up at|USDC/BTC|60030|60,030 USDC/BTC`,
  {
    take: {
      amount: "26.73",
      asset: "USDC",
      binding: "INITIAL_MARGIN",
      limits: { INITIAL_MARGIN: "26.73", TEN_PERCENT_NOTIONAL: "26.73", MAINTENANCE_MARGIN: "81.855" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    add: {
      amount: "940",
      asset: "USDC",
      binding: "WITHDRAWABLE",
      limits: { WITHDRAWABLE: "940" },
      opens_at: null,
      remedies: {},
      note: "",
    },
  },
);

export const BTC_TAKE = preview(
  `mark|Mark price|USDC/BTC|63000|63,000 USDC/BTC|63000|63,000 USDC/BTC
size|Size|BTC|0.01|0.01 BTC|0.01|0.01 BTC
equity|Equity (margin used)||89.73 USDC|89.73 USDC|79.73 USDC|79.73 USDC
notional|Notional||630 USDC|630 USDC|630 USDC|630 USDC
unrealised_pnl|Unrealised PnL|USDC|30|30 USDC|30|30 USDC
effective_leverage|Effective leverage|x|7.02106318956871|7.02106318957x|7.90166812993854|7.90166812994x
setting|Leverage setting|x|int 10|10x|int 10|10x
maintenance|Maintenance margin|USDC|7.875|7.875 USDC|7.875|7.875 USDC
initial_margin|Floor: notional / leverage|USDC|63|63 USDC|63|63 USDC
ten_percent_notional|Floor: 10 % of notional|USDC|63|63 USDC|63|63 USDC
floor|Transfer floor|USDC|63|63 USDC|63|63 USDC
binding|Binds removal||INITIAL_MARGIN|INITIAL_MARGIN|INITIAL_MARGIN|INITIAL_MARGIN
max_removable|Max removable||26.73 USDC|26.73 USDC|16.73 USDC|16.73 USDC
liquidation_px|Liquidation price|USDC/BTC|54710.8860759494|54,710.886076 USDC/BTC|55723.5443037975|55,723.5443038 USDC/BTC
backstop_px|Backstop price|USDC/BTC|54481.0084033613|54,481.0084034 USDC/BTC|55489.4117647059|55,489.4117648 USDC/BTC
bankruptcy_px|Bankruptcy price|USDC/BTC|54027|54,027 USDC/BTC|55027|55,027 USDC/BTC
withdrawable|Withdrawable (account)||940 USDC|940 USDC|950 USDC|950 USDC
opens_at|Removal opens up at|USDC/BTC|60030|60,030 USDC/BTC|61141.1111111111|61,141.1111112 USDC/BTC`,
  {
    postings: [
      { account: "wallet", asset: "USDC", units: "10000000", amount: "10" },
      { account: "position", asset: "USDC", units: "-10000000", amount: "-10" },
    ],
    guards: {
      feed: "mark",
      unit: "USDC/BTC",
      valid_until: "61141.1111111111",
      price_min: "62685",
      price_max: "63315",
      liquidation_price_min: null,
      liquidation_price_max: "55723.5443037975",
      leverage_max: "8.18555758683729",
      amount_min: null,
    } as Guards,
    warnings: [
      { code: "LEVERAGE_RISES", message: "Effective leverage rises from 7.022x to 7.902x." },
      {
        code: "LIQUIDATION_CLOSER",
        message: "The liquidation price moves up, toward the mark: 54,710.886 to 55,723.544.",
      },
    ],
    prices: { mark: feed("64794", "") },
  },
);

export const BTC_AT_FLOOR = position(
  BTC,
  `mark|Mark price|USDC/BTC|64794|64,794 USDC/BTC
size|Size|BTC|0.00335|0.00335 BTC
equity|Equity (margin used)||4.14 USDC|4.14 USDC
notional|Notional||217.0599 USDC|217.0599 USDC
unrealised_pnl|Unrealised PnL|USDC|0|0 USDC
effective_leverage|Effective leverage|x|52.4299275362319|52.4299275363x
setting|Leverage setting|x|int 20|20x
maintenance|Maintenance margin|USDC|2.71324875|2.71324875 USDC
initial_margin|Floor: notional / leverage|USDC|10.852995|10.852995 USDC
ten_percent_notional|Floor: 10 % of notional|USDC|21.70599|21.70599 USDC
floor|Transfer floor|USDC|21.70599|21.70599 USDC
binding|Binds removal||TEN_PERCENT_NOTIONAL|TEN_PERCENT_NOTIONAL
max_removable|Max removable||0 USDC|0 USDC
liquidation_px|Liquidation price|USDC/BTC|64362.7130171925|64,362.7130172 USDC/BTC
backstop_px|Backstop price|USDC/BTC|64092.2814498934|64,092.2814499 USDC/BTC
bankruptcy_px|Bankruptcy price|USDC/BTC|63558.1791044776|63,558.1791045 USDC/BTC
withdrawable|Withdrawable (account)||10 USDC|10 USDC
opens_at|Removal opens up at|USDC/BTC|70620.1990049751|70,620.199005 USDC/BTC`,
  {
    take: {
      amount: "0",
      asset: "USDC",
      binding: "TEN_PERCENT_NOTIONAL",
      limits: { INITIAL_MARGIN: "0", TEN_PERCENT_NOTIONAL: "0", MAINTENANCE_MARGIN: "1.426751" },
      opens_at: { feed: "mark", side: "above", price: "70620.1990049751" },
      remedies: {},
      note: "",
    },
    add: {
      amount: "10",
      asset: "USDC",
      binding: "WITHDRAWABLE",
      limits: { WITHDRAWABLE: "10" },
      opens_at: null,
      remedies: {},
      note: "",
    },
  },
);

export const XBT_POSITION = position(
  XBT,
  `mark|Mark price|USDT/XBT|64000|64,000 USDT/XBT
size|Size|XBT|1|1 XBT
entry|Entry price|USDT/XBT|60000|60,000 USDT/XBT
margin|Margin (own funds)||6000 USDT|6,000 USDT
unrealised_pnl|Unrealised PnL|USDT|4000|4,000 USDT
equity|Margin incl. PnL|USDT|10000|10,000 USDT
roe|ROE|%|0.666666666666667|66.6666666666 %
leverage|Actual leverage|x|6.4|6.4x
liquidation_price|Liquidation price|USDT/XBT|54578.5324439054|54,578.532444 USDT/XBT
liquidation_price_shown|Liquidation price as the venue shows it|USDT/XBT|54578.54|54,578.54 USDT/XBT
bankrupt_price|Bankruptcy price|USDT/XBT|54000|54,000 USDT/XBT
bankrupt_price_shown|Bankruptcy price as the venue shows it|USDT/XBT|54000|54,000 USDT/XBT
maintenance|Maintenance margin|USDT|678.4|678.4 USDT
margin_rate|Margin rate|%|0.06784|6.784 %
reducible|Largest reducible amount||6720 USDT|6,720 USDT
binding|Binds it||PROFIT_RATIO|PROFIT_RATIO
available|Available balance||1000 USDT|1,000 USDT
entry_rule|Entry rule (venue rule, unverified)||to_mark|to_mark
entry_kept|Entry stays up to (venue rule, unverified)||4800 USDT|4,800 USDT
tier_cap|Cap: maximum leverage 50x|USDT|8720|8,720 USDT
profit_cap|Cap: profit ratio (cumulative)|USDT|6720|6,720 USDT
taken|Profit taken so far||0 USDT|0 USDT
level|Risk-limit level||int 4|4`,
  {
    take: {
      amount: "6720",
      asset: "USDT",
      binding: "PROFIT_RATIO",
      limits: { TIER_MAX_LEVERAGE: "8720", PROFIT_RATIO: "6720" },
      opens_at: null,
      remedies: {},
      note: "",
    },
    add: {
      amount: "1000",
      asset: "USDT",
      binding: "AVAILABLE_BALANCE",
      limits: { AVAILABLE_BALANCE: "1000" },
      opens_at: null,
      remedies: {},
      note: "the smallest addition is 0.00001667 USDT",
    },
  },
);

export const XBT_TAKE = preview(
  `mark|Mark price|USDT/XBT|64000|64,000 USDT/XBT|64000|64,000 USDT/XBT
size|Size|XBT|1|1 XBT|1|1 XBT
entry|Entry price|USDT/XBT|60000|60,000 USDT/XBT|64000|64,000 USDT/XBT
margin|Margin (own funds)||6000 USDT|6,000 USDT|3280 USDT|3,280 USDT
unrealised_pnl|Unrealised PnL|USDT|4000|4,000 USDT|0|0 USDT
equity|Margin incl. PnL|USDT|10000|10,000 USDT|3280|3,280 USDT
roe|ROE|%|0.666666666666667|66.6666666666 %|0|0 %
leverage|Actual leverage|x|6.4|6.4x|19.5121951219512|19.512195122x
liquidation_price|Liquidation price|USDT/XBT|54578.5324439054|54,578.532444 USDT/XBT|61370.5275924803|61,370.5275925 USDT/XBT
liquidation_price_shown|Liquidation price as the venue shows it|USDT/XBT|54578.54|54,578.54 USDT/XBT|61370.53|61,370.53 USDT/XBT
bankrupt_price|Bankruptcy price|USDT/XBT|54000|54,000 USDT/XBT|60720|60,720 USDT/XBT
bankrupt_price_shown|Bankruptcy price as the venue shows it|USDT/XBT|54000|54,000 USDT/XBT|60720|60,720 USDT/XBT
maintenance|Maintenance margin|USDT|678.4|678.4 USDT|678.4|678.4 USDT
margin_rate|Margin rate|%|0.06784|6.784 %|0.206829268292683|20.6829268293 %
reducible|Largest reducible amount||6720 USDT|6,720 USDT|0 USDT|0 USDT
binding|Binds it||PROFIT_RATIO|PROFIT_RATIO|PROFIT_RATIO|PROFIT_RATIO
available|Available balance||1000 USDT|1,000 USDT|7720 USDT|7,720 USDT
entry_rule|Entry rule (venue rule, unverified)||to_mark|to_mark|to_mark|to_mark
entry_kept|Entry stays up to (venue rule, unverified)||4800 USDT|4,800 USDT|0 USDT|0 USDT
tier_cap|Cap: maximum leverage 50x|USDT|8720|8,720 USDT|2000|2,000 USDT
profit_cap|Cap: profit ratio (cumulative)|USDT|6720|6,720 USDT|0|0 USDT
taken|Profit taken so far||0 USDT|0 USDT|2000 USDT|2,000 USDT
level|Risk-limit level||int 4|4|int 4|4`,
  {
    postings: [
      { account: "wallet", asset: "USDT", units: "67200000000000", amount: "6720" },
      { account: "position", asset: "USDT", units: "-67200000000000", amount: "-6720" },
    ],
    guards: {
      feed: "mark",
      unit: "USDT/XBT",
      valid_until: null,
      price_min: "64000",
      price_max: "64320",
      liquidation_price_min: null,
      liquidation_price_max: "61370.5275924803",
      leverage_max: "19.5121951219512",
      amount_min: null,
    } as Guards,
    warnings: [
      {
        code: "ENTRY_REBASED",
        message:
          "Part of this is profit. Your entry price will become the mark (64,000). The new entry changes no risk, only what entry, PnL and ROE show: the profit shown restarts at 0. Entry rule to_mark: venue rule, unverified.",
      },
      { code: "LEVERAGE_RISES", message: "Actual leverage rises from 6.4x to 19.52x." },
      {
        code: "LIQUIDATION_CLOSER",
        message: "The liquidation price moves up, toward the mark: 54,578.532 to 61,370.528.",
      },
      {
        code: "NEAR_LIQUIDATION",
        message: "A move of less than 5 % of the mark would liquidate what is left.",
      },
    ],
    prices: { mark: feed("200", "") },
  },
);

export const PUMP_SOLVED = {
  reachable: true,
  amount: { amount: "13090.90909", asset: "PUMP" },
  bound_by: "leverage 3.2x",
  target_binds: true,
  note: "one unit more would miss the target (leverage 3.2x); the venue alone allows 34,285.714285 PUMP",
  after: {
    takeable: { amount: "21194.805195", asset: "PUMP" },
    bound_by: "MAX_LTV",
    equity: { amount: "9.27272727275", asset: "SOL" },
    leverage: "3.19999999999461",
    liquidation_prices: [
      { feed: "collateral_loan", unit: "SOL/PUMP", price: "0.0000229166666666491", liquidates: "below" },
      { feed: "collateral_usd", unit: "USD/PUMP", price: "0.00458333333332982", liquidates: "below" },
      { feed: "loan_usd", unit: "USD/SOL", price: "218.181818181985", liquidates: "above" },
    ],
  },
};
export const PUMP_UNREACHABLE = {
  reachable: false,
  reason: "the position is already past leverage 2x, and to take more only moves it further",
  nearest: { amount: "0", asset: "PUMP" },
  add: { amount: "432000", asset: "PUMP" },
  repay: { amount: "5.4", asset: "SOL" },
  add_lacking: { amount: "406999.5", asset: "PUMP" },
  repay_lacking: null,
  now: {
    takeable: { amount: "34285.714285", asset: "PUMP" },
    bound_by: "MAX_LTV",
    equity: { amount: "9.6", asset: "SOL" },
    leverage: "3.125",
    liquidation_prices: [
      { feed: "collateral_loan", unit: "SOL/PUMP", price: "0.0000226666666666667", liquidates: "below" },
      { feed: "collateral_usd", unit: "USD/PUMP", price: "0.00453333333333333", liquidates: "below" },
      { feed: "loan_usd", unit: "USD/SOL", price: "220.588235294118", liquidates: "above" },
    ],
  },
};
